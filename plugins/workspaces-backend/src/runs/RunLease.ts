import type { LoggerService } from '@backstage/backend-plugin-api';
import type { RunState } from '@slipway/backstage-plugin-workspaces-common';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { problemOf } from '../store/problem';
import type { NewRunEvent } from '../store/runEvents';
import {
  LeaseLostError,
  type RunClaim,
  type RunClaims,
} from '../store/RunClaims';
import { isTransientDatabaseError } from './databaseFaults';

const FIRST_DELAY = 50;
const LONGEST_DELAY = 1_000;

export interface RunLeaseOptions {
  claims: RunClaims;
  claim: RunClaim;
  /** Local monotonic time just before the claim was asked for. */
  claimedAt: number;
  renewMilliseconds: number;
  /** So long before the database's own end of the lease this worker lets go. */
  marginMilliseconds: number;
  logger: LoggerService;
}

/**
 * Holds a run for a worker. A database that does not take a write is asked again, until
 * the lease ends by this process's own monotonic clock. Then it is asked once more, for a
 * process that had no turn for so long may have lost nothing; if it does not answer at once `signal`
 * aborts with a LeaseLostError, and so it does when another worker has the run.
 */
export class RunLease {
  readonly #options: RunLeaseOptions;
  readonly #lost = new AbortController();
  readonly #renewalEnds = new AbortController();
  readonly #renewal: Promise<void>;
  #heldUntil: number;
  #end: NodeJS.Timeout;
  #lastTry: Promise<void> | undefined;
  #ended = false;

  constructor(options: RunLeaseOptions) {
    this.#options = options;
    this.#heldUntil = this.#deadlineFrom(options.claimedAt);
    this.#end = this.#letGoAt(this.#heldUntil);
    this.#renewal = this.#renew();
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Throws where the lease has run out, even if its timer had no turn yet. */
  assertHeld = async (): Promise<void> => {
    this.signal.throwIfAborted();
    if (performance.now() >= this.#heldUntil) await this.#tryOnceMore();
    this.signal.throwIfAborted();
  };

  async checkpoint(
    checkpoint: Parameters<RunClaims['checkpoint']>[1],
  ): Promise<void> {
    const { claims, claim } = this.#options;
    await this.#write(() => claims.checkpoint(claim, checkpoint));
  }

  /** The last write: ends the run. */
  async finish(state: RunState, events: NewRunEvent[]): Promise<void> {
    const { claims, claim } = this.#options;
    await this.#lastWrite(() => claims.finish(claim, state, events));
  }

  /** The last write: lets another worker carry on. */
  async release(event: NewRunEvent): Promise<void> {
    const { claims, claim } = this.#options;
    await this.#lastWrite(() => claims.release(claim, event));
  }

  /** Does database work, again and again where that may help, as long as the lease is held. */
  async retried<T>(
    work: () => Promise<T>,
    mayHelp: (error: unknown) => boolean = isTransientDatabaseError,
  ): Promise<T> {
    const { signal } = this;
    for (
      let delay = FIRST_DELAY;
      ;
      delay = Math.min(2 * delay, LONGEST_DELAY)
    ) {
      await this.assertHeld();
      try {
        return await this.#unlessLost(work());
      } catch (error) {
        if (signal.aborted || !mayHelp(error)) throw error;
        this.#options.logger.warn(
          `The database is asked again: ${problemOf(error)}`,
        );
      }
      await sleep(delay, undefined, { signal }).catch(() => {}); // assertHeld throws
    }
  }

  /** Stops renewing and watching the lease. */
  end(): void {
    this.#ended = true;
    this.#renewalEnds.abort();
    clearTimeout(this.#end);
  }

  async #renew(): Promise<void> {
    const { claims, claim, renewMilliseconds, logger } = this.#options;
    const { signal } = this.#renewalEnds;
    const always = (error: unknown) => !(error instanceof LeaseLostError);
    try {
      for (;;) {
        await sleep(renewMilliseconds, undefined, { signal }).catch(() => {});
        if (signal.aborted) return;
        await this.#write(() => claims.renew(claim), always);
      }
    } catch (error) {
      logger.warn(`The run is not renewed any more: ${problemOf(error)}`);
    }
  }

  async #lastWrite(write: () => Promise<void>): Promise<void> {
    this.#renewalEnds.abort();
    // A renewal that the database never answers is not waited for.
    const { marginMilliseconds } = this.#options;
    await Promise.race([
      this.#renewal,
      sleep(marginMilliseconds / 2, undefined, { ref: false }),
    ]);
    try {
      await this.#write(write);
    } finally {
      this.end();
    }
  }

  async #write(
    write: () => Promise<void>,
    mayHelp?: (error: unknown) => boolean,
  ): Promise<void> {
    const renewing = async () => {
      const asked = performance.now();
      await write();
      this.#holdFrom(asked);
    };
    await this.retried(renewing, mayHelp).catch(error => {
      if (error instanceof LeaseLostError) this.#lost.abort(error);
      throw error;
    });
  }

  #holdFrom(asked: number): void {
    const until = this.#deadlineFrom(asked);
    if (this.#ended || until <= this.#heldUntil) return;
    this.#heldUntil = until;
    clearTimeout(this.#end);
    this.#end = this.#letGoAt(until);
  }

  /** Conservative: the database counted from a moment after `asked`. */
  #deadlineFrom(asked: number): number {
    const { claims, marginMilliseconds } = this.#options;
    return asked + claims.leaseMilliseconds - marginMilliseconds;
  }

  #letGoAt(moment: number): NodeJS.Timeout {
    const delay = Math.max(0, moment - performance.now());
    return setTimeout(() => this.#tryOnceMore(), delay).unref();
  }

  /** Nothing new begins meanwhile. It ends before others may take over, unless the process was held up. */
  #tryOnceMore(): Promise<void> {
    this.#lastTry ??= this.#renewOnce().finally(() => {
      this.#lastTry = undefined;
    });
    return this.#lastTry;
  }

  async #renewOnce(): Promise<void> {
    const { claims, claim, marginMilliseconds } = this.#options;
    const ended = new AbortController();
    const { signal } = ended;
    try {
      const asked = performance.now();
      await Promise.race([
        claims.renew(claim), // refused where another worker has the run
        sleep(marginMilliseconds / 2, undefined, { signal }).then(() =>
          Promise.reject(ranOut()),
        ),
      ]);
      this.#holdFrom(asked);
    } catch (error) {
      this.#lost.abort(error instanceof LeaseLostError ? error : ranOut());
    } finally {
      ended.abort();
    }
  }

  /** A database that does not answer at all must not keep the worker beyond its lease. */
  async #unlessLost<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    let forget = () => {};
    const lost = new Promise<never>((_, reject) => {
      const listener = () => reject(signal.reason);
      signal.addEventListener('abort', listener);
      forget = () => signal.removeEventListener('abort', listener);
    });
    try {
      return await Promise.race([work, lost]);
    } finally {
      forget();
    }
  }
}

function ranOut(): LeaseLostError {
  return new LeaseLostError(
    'The lease ran out: the database took no renewal in time',
  );
}
