import { setImmediate } from 'node:timers/promises';
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { Bell } from '@slipway/backstage-plugin-workspaces-node/engines';
import type { Cluster } from './Cluster';
import { ClusterError, isNotFound } from './failure';
import { ClusterObject, kinds, objectPath } from './objects';
import { LineReader, Position, RawLogLine } from './logLines';

/** In milliseconds: how soon a log that ended is asked for again while its container lives on. */
const ASK_AGAIN = 1_000;

export type Pod = V1Pod & ClusterObject;

/** Whose output. */
export interface LogSource {
  namespace: string;
  pod: string;
  /** Another pod of the same name is not read. */
  uid?: string;
  container: string;
}

/** Which part of the output. */
export interface LogRange {
  /** Only lines after that of this timestamp; those of that very moment come as well. */
  since?: string;
  /** Only the last lines. */
  tail?: number;
  /** Of the container's run before the present one. */
  previous?: boolean;
}

/** The lines that a container has written up to now; none if it has not started. */
export async function readPodLog(
  cluster: Cluster,
  source: LogSource,
  range: LogRange = {},
  signal?: AbortSignal,
): Promise<RawLogLine[]> {
  try {
    const text = await cluster.text({
      ...logRequest(source, range),
      signal,
    });
    const reader = new LineReader();
    return [...reader.take(Buffer.from(text)), ...reader.rest()];
  } catch (error) {
    if (isNotFound(error) || isNotStarted(error)) return [];
    throw error;
  }
}

/**
 * The lines of a container as it writes them, across its restarts and across connections that break, each
 * once. Ends when the container has ended for good and all was read.
 *
 * @param options.wake - Rung by whoever knows that something happened to the pod.
 */
export async function* followPodLog(
  cluster: Cluster,
  source: LogSource,
  options: { since?: string; wake?: Bell; signal: AbortSignal },
): AsyncGenerator<RawLogLine> {
  const { signal, wake = new Bell() } = options;
  const position = new Position(options.since);
  for (;;) {
    const life = await lifeOf(cluster, source, signal);
    if (life === 'waiting') {
      await wake.wait(ASK_AGAIN, signal);
      continue;
    }
    const over = life === 'over';
    let isOurs = false;
    try {
      position.resume();
      const stream = await cluster.stream({
        ...logRequest(source, { since: position.since }, { follow: !over }),
        signal,
      });
      const reader = new LineReader();
      for await (const chunk of stream) {
        // It was asked for by name, which another pod may have got.
        isOurs ||= !(await isTaken(cluster, source, signal));
        if (!isOurs) return;
        for (const line of reader.take(chunk as Buffer)) {
          if (position.advance(line)) yield line;
        }
      }
      // Without an end of line it may be half of one: then the next connection gives it whole.
      const rest = over ? reader.rest() : [];
      for (const line of rest) if (position.advance(line)) yield line;
    } catch (error) {
      signal.throwIfAborted();
      // A kubelet may not have heard yet of a pod that is there.
      if (over && (isNotFound(error) || isNotStarted(error))) return;
    }
    if (over) return;
    await setImmediate(); // then its connection is free for the next request
    if ((await lifeOf(cluster, source, signal)) !== 'over') {
      await wake.wait(ASK_AGAIN, signal);
    }
  }
}

/** Whether something was written yet, and will be. A pod that cannot be seen is taken to live. */
async function lifeOf(
  cluster: Cluster,
  { namespace, pod: name, uid, container }: LogSource,
  signal: AbortSignal,
): Promise<'waiting' | 'alive' | 'over'> {
  let pod: Pod | undefined;
  try {
    pod = await cluster.get<Pod>({ ...kinds.Pod, namespace, name }, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ClusterError) return 'alive';
    throw error;
  }
  if (!pod || (uid && pod.metadata.uid !== uid)) return 'over';
  if (['Succeeded', 'Failed'].includes(pod.status?.phase ?? '')) return 'over';
  const restarts =
    pod.spec?.restartPolicy !== 'Never' && !pod.metadata.deletionTimestamp;
  const status = containerStatus(pod, container);
  if (!restarts && status?.state?.terminated) return 'over';
  if (!status && pod.status?.phase === 'Pending') return 'waiting';
  const { waiting } = status?.state ?? {};
  return waiting && !status?.restartCount ? 'waiting' : 'alive';
}

/** Whether the name is that of another pod now. */
async function isTaken(
  cluster: Cluster,
  { namespace, pod: name, uid }: LogSource,
  signal: AbortSignal,
): Promise<boolean> {
  if (!uid) return false;
  const pod = await cluster.get({ ...kinds.Pod, namespace, name }, signal);
  return pod !== undefined && pod.metadata.uid !== uid;
}

/** What the kubelet says of a container, of whatever sort it is. */
export function containerStatus(
  { status }: V1Pod,
  container: string,
): V1ContainerStatus | undefined {
  return [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ].find(({ name }) => name === container);
}

function logRequest(
  { namespace, pod, container }: LogSource,
  { since, tail, previous }: LogRange,
  { follow = false }: { follow?: boolean } = {},
) {
  const reference = { ...kinds.Pod, namespace, name: pod };
  return {
    method: 'GET' as const,
    path: `${objectPath(reference)}/log`,
    query: {
      container,
      timestamps: true,
      follow: follow || undefined,
      tailLines: tail,
      previous: previous || undefined,
      sinceTime: since, // the API server takes whole seconds: some lines come again
    },
  };
}

/** Refused because the container has not started, or because it never did. */
function isNotStarted(error: unknown): boolean {
  return error instanceof ClusterError && error.status === 400;
}
