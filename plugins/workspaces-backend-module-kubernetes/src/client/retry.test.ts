import { ClusterError, connectionFailure, isPassing } from './failure';
import { pauseBefore } from './retry';

const asked = (seconds: number) =>
  new ClusterError('Too many requests', {
    status: 429,
    retryAfter: seconds * 1000,
  });

it.each([
  [1, 1_000],
  [30, 30_000],
  [3600, 30_000],
])(
  'waits as long as an API server asks for (%d s), and never longer than 30 s',
  (seconds, milliseconds) => {
    expect(pauseBefore(0, asked(seconds))).toBe(milliseconds);
  },
);

it('waits longer each time, up to 5 s, and not as long as others do', () => {
  const failed = new ClusterError('no answer', { code: 'ECONNRESET' });
  for (const [attempt, longest] of [
    [0, 200],
    [3, 1_600],
    [20, 5_000],
  ]) {
    const pause = pauseBefore(attempt, failed);
    expect(pause).toBeGreaterThanOrEqual(longest / 2);
    expect(pause).toBeLessThanOrEqual(longest);
  }
});

it.each(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'ECONNRESET'])(
  'takes %s for something that may pass',
  code => {
    const cause = Object.assign(new Error(code), { code });
    const failure = connectionFailure(
      new TypeError('fetch failed', { cause }),
      'https://api',
    );
    expect(failure).toMatchObject({ code });
    expect(isPassing(failure)).toBe(true);
  },
);
