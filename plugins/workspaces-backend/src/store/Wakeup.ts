import type { Changes } from './changes';

/**
 * Waits for changes of some topics, one after the other: what changes between two waits ends the next one at once.
 *
 * Signals that live long are listened to by hand: `AbortSignal.any` leaves something behind on them each time.
 */
export class Wakeup {
  readonly #unsubscribe: (() => void)[];
  #woken = false;
  #endWait: (() => void) | undefined;

  constructor(changes: Changes, topics: string[]) {
    this.#unsubscribe = topics.map(topic =>
      changes.on(topic, () => this.wake()),
    );
  }

  wake(): void {
    this.#woken = true;
    this.#endWait?.();
  }

  /**
   * Ends at a change, after so many milliseconds, or when the signal aborts. Answers whether
   * something has changed.
   */
  async wait(milliseconds: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#woken && !signal.aborted) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(() => this.#endWait?.(), milliseconds);
        const end = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          resolve();
        };
        this.#endWait = end;
        signal.addEventListener('abort', end);
      });
    }
    this.#endWait = undefined;
    const woken = this.#woken;
    this.#woken = false;
    return woken;
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }
}
