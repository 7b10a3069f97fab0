import { pause } from '@slipway/backstage-plugin-workspaces-node/engines';
import { ClusterError, isPassing } from './failure';

const ATTEMPTS = 5;
/** All in milliseconds. */
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 5_000;
const LONGEST_WISH = 30_000;

/** How long to wait before trying again: as long as was asked for, else longer each time and never quite as long as others. */
export function pauseBefore(attempt: number, error: unknown): number {
  const wish = error instanceof ClusterError ? error.retryAfter : undefined;
  if (wish !== undefined) return Math.min(wish, LONGEST_WISH);
  const longest = Math.min(FIRST_PAUSE * 2 ** attempt, LONGEST_PAUSE);
  return longest * (0.5 + Math.random() / 2);
}

/**
 * Sends a request again as long as its failure passes. One that is not repeatable is sent again only
 * where it was refused before anything was done (429).
 */
export async function withRetries<T>(
  { repeatable, signal }: { repeatable: boolean; signal?: AbortSignal },
  send: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await send();
    } catch (error) {
      const again =
        isPassing(error) &&
        (repeatable || (error as ClusterError).status === 429);
      if (!again || attempt + 1 >= ATTEMPTS) throw error;
      const waiting = signal ?? new AbortController().signal;
      await pause(pauseBefore(attempt, error), waiting);
    }
  }
}
