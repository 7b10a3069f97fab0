import { Agent, request } from 'undici';
import { GATEWAY_HEADER, PROBE_HEADER, RELEASE_HEADER } from './Forwarder';

const DEFAULT_TIMEOUT = 5_000;
const SHOWN_BODY = 300;

/** What one look at an address saw. */
export interface ProbeResult {
  /** It answered below 500. */
  ok: boolean;
  /** Absent where nothing answered, or only the gateway itself. */
  status?: number;
  /** Whose answer it was; absent where the address is none of the gateway's, or nothing answered. */
  release?: number;
  latencyMilliseconds: number;
  /** What was seen, as a sentence without the address. */
  message: string;
}

/** Asks an address once, over a connection of its own, as a user's first request. Redirects are not followed. */
export async function probeOnce(
  url: string,
  options: { signal: AbortSignal; timeout?: number },
): Promise<ProbeResult> {
  const timeout = options.timeout ?? DEFAULT_TIMEOUT;
  options.signal.throwIfAborted();
  const ending = new AbortController();
  const { signal } = ending;
  const end = () => ending.abort();
  const timer = setTimeout(end, timeout);
  options.signal.addEventListener('abort', end);
  const started = performance.now();
  const latency = () => Math.round((performance.now() - started) * 10) / 10;
  const dispatcher = new Agent({ pipelining: 0 });
  try {
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      signal,
      headers: {
        'user-agent': 'slipway-probe',
        accept: '*/*',
        [PROBE_HEADER]: 'release',
      },
    });
    const latencyMilliseconds = latency();
    if (headers[GATEWAY_HEADER]) {
      const message = (await body.text()).trim();
      return { ok: false, latencyMilliseconds, message };
    }
    const release = headers[RELEASE_HEADER];
    body.on('error', () => {}).destroy(); // the status is all that was asked
    return {
      ok: statusCode < 500,
      status: statusCode,
      ...(release !== undefined && { release: Number(release) }),
      latencyMilliseconds,
      message: `answered ${statusCode}`,
    };
  } catch (error) {
    options.signal.throwIfAborted();
    return {
      ok: false,
      latencyMilliseconds: latency(),
      message: signal.aborted
        ? `did not answer within ${timeout} ms`
        : whatFailed(error),
    };
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', end);
    await dispatcher.destroy();
  }
}

function whatFailed(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return (message || code || String(error)).slice(0, SHOWN_BODY);
}

/**
 * What was seen, for one who asks about a release: an answer of another one, to which the
 * address still leads, is none of it.
 */
export function seenOf(probe: ProbeResult, release: number): ProbeResult {
  if (probe.release === undefined || probe.release === release) return probe;
  return {
    ok: false,
    latencyMilliseconds: probe.latencyMilliseconds,
    message: `release ${probe.release} still answers`,
  };
}
