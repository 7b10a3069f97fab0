import { request } from 'node:http';

/** A healthy app answers a small request sooner. */
const PROBE_TIMEOUT = 5_000;

/** What an app answered on its health path. */
export type ProbeAnswer =
  | { kind: 'answer'; status: number }
  | { kind: 'silence'; reason: string };

/** Whether the answer makes the app ready. */
export function isReady(answer: ProbeAnswer): boolean {
  return answer.kind === 'answer' && answer.status < 500;
}

/** The answer in words. */
export function probeText(url: string, answer: ProbeAnswer): string {
  return answer.kind === 'answer'
    ? `GET ${url}: HTTP ${answer.status}`
    : `GET ${url}: ${answer.reason}`;
}

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
