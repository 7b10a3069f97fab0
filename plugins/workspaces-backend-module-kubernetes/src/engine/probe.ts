import type { ProbeAnswer } from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, ClusterError, Pod, objectPath, kinds } from '../client';

/** In milliseconds. A healthy app answers a small request sooner. */
const PROBE_TIMEOUT = 5_000;
/** In milliseconds: what comes later of an answer is not waited for. */
const READ_WITHIN = 250;
/** In bytes. */
const LONGEST_CONTENT = 64 * 1024;

/** Where a pod's health is asked, as its neighbours would. */
export function healthUrl(pod: Pod, port: number, path: string): string {
  const address = pod.status?.podIP ?? '';
  const host = address.includes(':') ? `[${address}]` : address;
  return `http://${host}:${port}${path}`;
}

/**
 * Asks a pod once, through the API server: it reaches pods wherever the portal runs. No answer is an answer
 * too; only an abort throws.
 */
export async function probe(
  cluster: Cluster,
  pod: Pod,
  { port, path }: { port: number; path: string },
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const { namespace, name = '' } = pod.metadata;
  const target = { ...kinds.Pod, namespace, name: `${name}:${port}` };
  const [route, search = ''] = path.split('?');
  const late = AbortSignal.timeout(PROBE_TIMEOUT);
  try {
    const stream = await cluster.stream({
      method: 'GET',
      path: `${objectPath(target)}/proxy${route}`,
      query: Object.fromEntries(new URLSearchParams(search)),
      signal: AbortSignal.any([signal, late]),
    });
    // What it says is not asked for; read to its end, before the caller ends its signal, the connection is of further
    // use.
    const short = AbortSignal.timeout(READ_WITHIN);
    await stream
      .dump({ limit: LONGEST_CONTENT, signal: short })
      .catch(() => {});
    signal.throwIfAborted();
    return { kind: 'answer', status: 200 };
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted) {
      return {
        kind: 'silence',
        reason: `no answer within ${PROBE_TIMEOUT / 1000} s`,
      };
    }
    if (error instanceof ClusterError && error.status !== undefined) {
      // With a reason it is the API server that speaks, else the app.
      return error.reason === undefined
        ? { kind: 'answer', status: error.status }
        : { kind: 'silence', reason: reachText(error.message) };
    }
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'silence', reason };
  }
}

/** The API server's own words around what the connection said. */
function reachText(message: string): string {
  return message.replace(/^error trying to reach service: /, '');
}
