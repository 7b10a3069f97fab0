import type { LoggerService } from '@backstage/backend-plugin-api';
import type { MetricsService } from '@backstage/backend-plugin-api/alpha';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { problemOf } from '../store/problem';
import { replicaId } from '../store/replica';
import type { ClaimedRun } from '../store/RunClaims';
import type { RunStore } from '../store/RunStore';
import { Wakeup } from '../store/Wakeup';
import { createRunMetrics, type RunMetrics } from './metrics';
import { RunExecution } from './RunExecution';
import { RunLease } from './RunLease';
import type { RunServices } from './services';
import type { RunSettings } from './settings';

/** Times of a worker, in milliseconds. The lease itself is the store's. */
export interface RunTiming {
  renew: number;
  /** So long before the end of its lease a worker lets go of a run. */
  margin: number;
  /** How often it looks for work and for cancellations that nobody told it of. */
  poll: number;
  /** How long work may take to end after it was told to, and an engine to answer a cancellation. */
  grace: number;
  /** How long a stop may take before runs are left to the end of their leases. */
  stop: number;
}

const defaultTiming: RunTiming = {
  renew: 5_000,
  margin: 2_000,
  poll: 1_000,
  grace: 10_000,
  stop: 15_000,
};

/** Between two tries to claim from a database that fails. */
const LONGEST_PAUSE = 5_000;

export interface RunWorkerOptions {
  store: RunStore;
  services: RunServices;
  settings: Pick<RunSettings, 'perReplica' | 'deadlines'>;
  metrics: MetricsService;
  logger: LoggerService;
  /** Unique among workers; made for this process if absent. */
  workerId?: string;
  timing?: Partial<RunTiming>;
}

/**
 * Claims runs and carries them out, as many at a time as the settings allow. Any number of
 * workers may share a database. A database that fails delays a worker and never ends it.
 */
export class RunWorker {
  readonly id: string;
  readonly #options: RunWorkerOptions;
  readonly #timing: RunTiming;
  readonly #metrics: RunMetrics;
  readonly #stopping = new AbortController();
  readonly #active = new Map<
    string,
    { execution: RunExecution; done: Promise<void> }
  >();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: RunWorkerOptions) {
    this.id = options.workerId ?? replicaId();
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#metrics = createRunMetrics(options.metrics);
  }

  start(): void {
    this.#loop = this.#work();
  }

  /** Lets go of all runs, so that another worker carries on with them at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const active = [...this.#active.values()];
    active.forEach(({ execution }) => execution.stop());
    const ended = Promise.all([this.#loop, ...active.map(each => each.done)]);
    const late = new AbortController();
    await Promise.race([
      ended,
      sleep(this.#timing.stop, undefined, { signal: late.signal }).catch(
        () => {}, // all ended in time
      ),
    ]);
    late.abort();
  }

  async #work(): Promise<void> {
    const { services, logger } = this.#options;
    const { signal } = this.#stopping;
    const wakeup = new Wakeup(services.changes, ['runs']);
    let pause = this.#timing.poll;
    while (!signal.aborted) {
      try {
        await this.#claim();
        await this.#passOnCancellations();
        pause = this.#timing.poll;
      } catch (error) {
        pause = Math.min(2 * pause, LONGEST_PAUSE);
        logger.warn(
          `Runs cannot be claimed, trying again: ${problemOf(error)}`,
        );
      }
      await wakeup.wait(pause, signal);
    }
    wakeup.close();
  }

  async #claim(): Promise<void> {
    const { store, settings } = this.#options;
    while (
      this.#active.size < settings.perReplica &&
      !this.#stopping.signal.aborted
    ) {
      const claimedAt = performance.now();
      const held = [...this.#active.keys()];
      const claimed = await store.claims.claim(this.id, held);
      if (!claimed) return;
      this.#carryOut(claimed, claimedAt);
    }
  }

  #carryOut(claimed: ClaimedRun, claimedAt: number): void {
    const { store, services, settings } = this.#options;
    const { run, claim } = claimed;
    const logger = this.#options.logger.child({ run: run.id });
    if (claimed.takeover) this.#metrics.takenOver(run.kind);
    else this.#metrics.queueWaited(run.kind, queueWait(claimed));
    const lease = new RunLease({
      claims: store.claims,
      claim,
      claimedAt,
      renewMilliseconds: this.#timing.renew,
      marginMilliseconds: this.#timing.margin,
      logger,
    });
    const execution = new RunExecution({
      claimed,
      lease,
      services,
      settings,
      metrics: this.#metrics,
      logger,
      graceMilliseconds: this.#timing.grace,
    });
    const done = execution.carryOut().finally(() => {
      this.#active.delete(run.id);
      services.changes.emit('runs');
    });
    this.#active.set(run.id, { execution, done });
    if (this.#stopping.signal.aborted) execution.stop();
  }

  async #passOnCancellations(): Promise<void> {
    if (this.#active.size === 0) return;
    const { claims } = this.#options.store;
    for (const id of await claims.cancelRequested(this.id)) {
      this.#active.get(id)?.execution.cancel();
    }
  }
}

/** In seconds, by the database's clock. */
function queueWait({ run }: ClaimedRun): number {
  return Math.max(0, (run.started_at ?? 0) - run.queued_at) / 1000;
}
