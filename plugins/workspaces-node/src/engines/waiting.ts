import { setTimeout as timer } from 'node:timers/promises';

/**
 * The result of the work, or the signal's reason as soon as it is aborted. The work itself
 * is not stopped: an order that was given to the engine is carried out.
 *
 * @public
 */
export async function abortable<T>(
  signal: AbortSignal,
  work: Promise<T>,
): Promise<T> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
  });
  work.catch(() => {}); // said through the race, or nobody waits any more
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', onAbort!);
  }
}

/**
 * Waits; an abort ends it with the signal's reason.
 *
 * @public
 */
export async function pause(
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    await timer(milliseconds, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/**
 * A wait that something else can end early.
 *
 * @public
 */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  /** Ends the wait that is on, or else the next one at once. */
  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves after the time, or as soon as the bell rings. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung) {
      const early = new AbortController();
      this.#wake = () => early.abort();
      await pause(milliseconds, AbortSignal.any([signal, early.signal])).catch(
        error => {
          if (!early.signal.aborted) throw error;
        },
      );
    }
    signal.throwIfAborted();
    this.#rung = false;
    this.#wake = undefined;
  }
}

/**
 * Runs a task for each of the items, at most some at a time. The first failure aborts the
 * signal of the others and is thrown once they have ended.
 *
 * @public
 */
export async function forEach<T>(
  items: readonly T[],
  atATime: number,
  signal: AbortSignal,
  task: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failing = new AbortController();
  const shared = AbortSignal.any([signal, failing.signal]);
  const waiting = [...items];
  const work = async () => {
    for (let item = waiting.shift(); item; item = waiting.shift()) {
      shared.throwIfAborted();
      await task(item, shared);
    }
  };
  const failures: unknown[] = [];
  await Promise.all(
    Array.from({ length: Math.min(atATime, items.length) }, () =>
      work().catch(error => {
        failures.push(error);
        failing.abort(error);
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}
