import type { LoggerService } from '@backstage/backend-plugin-api';
import { ConflictError } from '@backstage/errors';
import {
  finalRunStates,
  followStream,
  type Run,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Core } from '../core/Core';
import { inItsWords, mayPass } from '../core/answer';
import type { RunLog } from './RunLog';

/** The stream says what changed at once; reading the run anew makes up for what it lost. */
const READ_ANEW_MILLISECONDS = 10_000;

export interface RunWatchOptions {
  core: Core;
  log: RunLog;
  logger: LoggerService;
  /** The run is cancelled when this is aborted; it is watched until it has ended all the same. */
  cancel?: AbortSignal;
  readAnewMilliseconds?: number;
}

interface Outcome {
  ended: (run: Run) => void;
  failed: (error: unknown) => void;
}

/** Watches one run until it has ended. */
export class RunWatch {
  readonly #run: string;
  readonly #options: RunWatchOptions;
  readonly #outcome: Outcome;
  #cancelAsked = false;
  #reading = false;
  #outOfSight = false;

  private constructor(run: string, options: RunWatchOptions, outcome: Outcome) {
    this.#run = run;
    this.#options = options;
    this.#outcome = outcome;
  }

  /**
   * The run as it ended.
   * @throws what the core refuses: the run is gone, or may not be read or cancelled
   */
  static async untilEnded(run: Run, options: RunWatchOptions): Promise<Run> {
    const watching = new AbortController();
    try {
      return await new Promise<Run>((ended, failed) => {
        const watch = new RunWatch(run.id, options, { ended, failed });
        watch.#see(run);
        watch.#start(watching.signal);
      });
    } finally {
      watching.abort();
    }
  }

  #start(signal: AbortSignal): void {
    const { cancel, core, readAnewMilliseconds } = this.#options;
    void followStream({
      url: () => core.streamUrl(`run:${this.#run}`),
      fetch: core.fetch,
      signal,
      listener: {
        onMessage: message => {
          if (message.type === 'run') this.#see(message.data);
        },
        onSeen: () => {},
        onConnection: () => {},
        onRefused: error => this.#outcome.failed(inItsWords(error)),
      },
    });
    const floor = setInterval(
      () => this.#look(),
      readAnewMilliseconds ?? READ_ANEW_MILLISECONDS,
    );
    signal.addEventListener('abort', () => clearInterval(floor));
    cancel?.addEventListener('abort', () => this.#look(), { signal });
    if (cancel?.aborted) this.#look();
  }

  #see(run: Run): void {
    this.#options.log.tell(run);
    if (finalRunStates.includes(run.state)) this.#outcome.ended(run);
  }

  #look(): void {
    if (this.#options.cancel?.aborted && !this.#cancelAsked) {
      this.#cancelAsked = true;
      void this.#attempt(() => this.#cancel()).then(done => {
        this.#cancelAsked = done;
      });
    }
    if (this.#reading) return;
    this.#reading = true;
    void this.#attempt(() => this.#read()).then(() => {
      this.#reading = false;
    });
  }

  async #read(): Promise<void> {
    const request = { path: { runId: this.#run } };
    this.#see(
      await this.#options.core.read((api, options) =>
        api.getRun(request, options),
      ),
    );
    this.#outOfSight = false;
  }

  async #cancel(): Promise<void> {
    const { core, logger } = this.#options;
    const request = { path: { runId: this.#run } };
    try {
      await core.asUser((api, options) => api.cancelRun(request, options));
      logger.info(
        'The task was cancelled, and with it the run; waiting until it has stopped',
      );
    } catch (error) {
      // It has ended, or is a deletion that has begun.
      if (!(error instanceof ConflictError)) throw error;
      logger.info(error.message);
    }
  }

  /** Whether it was done; what may pass is tried again later. */
  async #attempt(action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      if (!mayPass(error)) this.#outcome.failed(error);
      else if (!this.#outOfSight) {
        this.#outOfSight = true;
        this.#options.logger.warn(
          `The portal does not answer, trying again: ${error}`,
        );
      }
      return false;
    }
  }
}
