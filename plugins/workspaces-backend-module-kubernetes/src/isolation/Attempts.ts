import { Bell } from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, LogSource, followPodLog } from '../client';

/** How an attempt to connect ended. */
export type Attempt = 'open' | 'closed';

/** The attempts of a pod to connect to another one, as it tells them in its log, a line each. */
export class Attempts {
  readonly #told: Attempt[] = [];
  readonly #bell = new Bell();
  readonly #signal: AbortSignal;

  /** Reads until the signal is aborted or the pod has ended. */
  constructor(cluster: Cluster, source: LogSource, signal: AbortSignal) {
    this.#signal = signal;
    void this.#read(cluster, source).catch(() => this.#bell.ring());
  }

  /**
   * Waits for so many attempts one after the other that end so.
   *
   * @param within - In milliseconds.
   * @returns What ended how since now, up to the wanted ones or to the end of that time.
   */
  async until(
    wanted: Attempt,
    count: number,
    within: number,
  ): Promise<Attempt[]> {
    const begin = this.#told.length;
    const deadline = Date.now() + within;
    for (;;) {
      const since = this.#told.slice(begin);
      const left = deadline - Date.now();
      if (left <= 0 || endsWith(since, wanted, count)) return since;
      await this.#bell.wait(left, this.#signal);
    }
  }

  async #read(cluster: Cluster, source: LogSource): Promise<void> {
    const signal = this.#signal;
    for await (const { text } of followPodLog(cluster, source, { signal })) {
      if (text !== 'open' && text !== 'closed') continue;
      this.#told.push(text);
      this.#bell.ring();
    }
  }
}

/** Whether the last of them, so many, all ended so. */
export function endsWith(
  attempts: Attempt[],
  wanted: Attempt,
  count: number,
): boolean {
  const last = attempts.slice(-count);
  return last.length === count && last.every(attempt => attempt === wanted);
}
