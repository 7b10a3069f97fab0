import { request } from 'node:http';
import type { ProbeAnswer } from '@slipway/backstage-plugin-workspaces-node/engines';

/** A healthy app answers a small request sooner. */
const PROBE_TIMEOUT = 5_000;

/** Asks once. No answer is an answer too; only an abort throws. */
export async function probe(
  url: string,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const answer = await new Promise<ProbeAnswer>(resolve => {
    const asked = request(url, {
      agent: false,
      headers: { 'user-agent': 'slipway-probe' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT)]),
    });
    asked.on('response', response => {
      resolve({ kind: 'answer', status: response.statusCode ?? 0 });
      response.destroy();
    });
    asked.on('error', error =>
      resolve({
        kind: 'silence',
        reason:
          error.name === 'AbortError' || error.name === 'TimeoutError'
            ? `no answer within ${PROBE_TIMEOUT / 1000} s`
            : error.message,
      }),
    );
    asked.end();
  });
  signal.throwIfAborted();
  return answer;
}
