import type { LoggerService } from '@backstage/backend-plugin-api';
import type { RunState } from '@slipway/backstage-plugin-workspaces-common';
import { performance } from 'node:perf_hooks';
import { problemOf } from '../store/problem';
import type { NewRunEvent } from '../store/runEvents';
import type { StageRow } from '../store/rows';
import type { ClaimedRun, StageChange, StageKey } from '../store/RunClaims';
import type { RunMetrics } from './metrics';
import { pipelineOf } from './pipeline';
import type { RunLease } from './RunLease';
import { RunProgress } from './RunProgress';
import { createRunScope, type RunScope } from './RunScope';
import { stageName } from './RunTimes';
import { learnSecrets } from './secrets';
import type { RunServices } from './services';
import type { RunSettings } from './settings';
import { settle } from './settle';
import { StageExecution, type StageEnd } from './StageExecution';
import { WorkerStopped } from './stops';

export interface RunExecutionOptions {
  claimed: ClaimedRun;
  lease: RunLease;
  services: RunServices;
  settings: Pick<RunSettings, 'deadlines'>;
  metrics: RunMetrics;
  logger: LoggerService;
  graceMilliseconds: number;
}

interface RunningStage {
  execution: StageExecution;
  /** Ends when the end of the stage is written. */
  done: Promise<void>;
}

/**
 * Carries out one run that this worker holds: starts what is ready, skips what cannot
 * come, stops what is cancelled, and settles the workspace when all stages have ended.
 */
export class RunExecution {
  readonly #options: RunExecutionOptions;
  readonly #progress: RunProgress;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, RunningStage>();
  readonly #scope: RunScope;
  #cancelRequested: boolean;
  #cancelled = false;
  /** What kept the end of a stage from being written. */
  #broken: unknown;
  #wake = () => {};

  constructor(options: RunExecutionOptions) {
    const { claimed } = options;
    this.#options = options;
    this.#progress = new RunProgress(
      pipelineOf(claimed.run.kind),
      claimed.stages,
    );
    this.#cancelRequested = claimed.run.cancel_requested_at !== null;
    this.#scope = createRunScope({
      ...options,
      run: claimed.run,
      workspace: claimed.workspace,
      watch: AbortSignal.any([options.lease.signal, this.#stopping.signal]),
      outputs: (stage, app) => this.#progress.outputs(stage, app),
    });
  }

  /** Somebody asked for the run to be stopped. */
  cancel(): void {
    this.#cancelRequested = true;
    this.#wake();
  }

  /** Stops watching and lets go of the run; its work lives on for another worker. */
  stop(): void {
    this.#stopping.abort(new WorkerStopped());
    this.#wake();
  }

  /** Never rejects. */
  async carryOut(): Promise<void> {
    const { lease, logger } = this.#options;
    try {
      await learnSecrets(this.#scope);
      await this.#stages();
      const warnings = await settle(this.#scope, this.#progress);
      await this.#finish(outcomeOf(this.#progress.rows()), warnings);
    } catch (error) {
      await this.#leave(error).catch(reason =>
        logger.warn(`The run was left as it is: ${problemOf(reason)}`),
      );
    } finally {
      lease.end();
    }
  }

  async #stages(): Promise<void> {
    const { watch } = this.#scope;
    for (;;) {
      watch.throwIfAborted();
      if (this.#broken) throw this.#broken;
      // Stages may end while others are started: what was seen of them is old then.
      let isOld = false;
      const woken = new Promise<void>(resolve => {
        this.#wake = () => {
          isOld = true;
          resolve();
        };
      });
      if (this.#cancelRequested) await this.#cancelStages();
      else await this.#startStages();
      if (this.#running.size === 0 && !isOld) return;
      await woken;
    }
  }

  /** Starts what is ready and skips what cannot come, and what then cannot come either. */
  async #startStages(): Promise<void> {
    for (const row of this.#progress.rows()) {
      if (row.state === 'running') this.#carryOut(row, true);
    }
    const blocked = this.#progress.blocked();
    await this.#change(
      blocked.map(({ row, reason }) => ({
        key: keyOf(row),
        from: 'pending',
        to: 'skipped',
        reason,
      })),
    );
    const ready = this.#progress.ready();
    await this.#change(
      ready.map(row => ({
        key: keyOf(row),
        from: 'pending',
        to: 'running',
        deadlineSeconds: this.#deadlineSeconds(row),
      })),
    );
    for (const row of ready) this.#carryOut(row, false);
  }

  async #cancelStages(): Promise<void> {
    if (this.#cancelled) return;
    this.#cancelled = true;
    const pending = this.#progress
      .rows()
      .filter(row => row.state === 'pending');
    await this.#change(
      pending.map(row => ({
        key: keyOf(row),
        from: 'pending',
        to: 'cancelled',
        reason: 'the run was cancelled',
      })),
    );
    for (const row of this.#progress.rows()) {
      if (row.state !== 'running') continue;
      // Work of a worker before is stopped without being watched again.
      const known = this.#running.get(stageName(row));
      const execution = known?.execution ?? this.#execution(row, true);
      const told = execution.cancel();
      if (!known) this.#follow(row, execution, told);
    }
  }

  #carryOut(row: StageRow, resumed: boolean): void {
    if (this.#running.has(stageName(row))) return;
    this.#scope.times.stageBegins(this.#progress.needsOf(row).map(stageName));
    this.#follow(row, this.#execution(row, resumed), Promise.resolve());
  }

  #follow(
    row: StageRow,
    execution: StageExecution,
    first: Promise<void>,
  ): void {
    const startedAt = performance.now();
    const done = first
      .then(() => execution.carryOut())
      .then(end => this.#ended(end, performance.now() - startedAt))
      .catch(error => {
        this.#broken ??= error;
      })
      .finally(() => {
        this.#running.delete(stageName(row));
        this.#wake();
      });
    this.#running.set(stageName(row), { execution, done });
  }

  async #ended(end: StageEnd, milliseconds: number): Promise<void> {
    const { lease, metrics, logger } = this.#options;
    const { change, events, alongside, afterwards } = end;
    await lease.checkpoint({ changes: [change], events, alongside });
    this.#progress.apply(change);
    metrics.stageEnded(change.key.stage, change.to, milliseconds / 1000);
    await afterwards?.().catch(error =>
      logger.warn(`After ${change.key.stage}: ${problemOf(error)}`),
    );
  }

  async #change(changes: StageChange[]): Promise<void> {
    if (changes.length === 0) return;
    const events = changes.map(({ key, to, reason }): NewRunEvent => {
      const what = key.app ? `${key.stage} of ${key.app}` : key.stage;
      const why = reason ? `: ${reason}` : '';
      return {
        type: 'stage',
        ...key,
        state: to,
        message: `${what} ${to}${why}`,
      };
    });
    await this.#options.lease.checkpoint({ changes, events });
    changes.forEach(change => this.#progress.apply(change));
  }

  #execution(row: StageRow, resumed: boolean): StageExecution {
    const { now } = this.#options.claimed;
    const deadlineSeconds = this.#deadlineSeconds(row);
    return new StageExecution({
      scope: this.#scope,
      stage: this.#progress.definition(row.stage),
      key: keyOf(row),
      resumed,
      deadlineSeconds,
      remainingMilliseconds:
        resumed && row.deadline_at !== null
          ? row.deadline_at - now
          : deadlineSeconds * 1000,
    });
  }

  #deadlineSeconds(row: StageRow): number {
    const configured = this.#options.settings.deadlines[row.stage];
    const spec = this.#scope.input.specs?.[row.app];
    return (
      configured ?? this.#progress.definition(row.stage).deadlineSeconds(spec)
    );
  }

  async #finish(state: RunState, warnings: NewRunEvent[]): Promise<void> {
    const { lease, claimed, metrics } = this.#options;
    await lease.finish(state, [
      ...warnings,
      { type: 'progress', message: this.#scope.times.message() },
      { type: 'run', state, message: `Run ${claimed.run.number} ${state}` },
    ]);
    const seconds = (performance.now() - this.#scope.times.claimedAt) / 1000;
    metrics.runEnded(claimed.run.kind, state, seconds);
  }

  /** The run cannot be carried out further here: it is given to another worker, or has failed. */
  async #leave(error: unknown): Promise<void> {
    const { lease, logger } = this.#options;
    this.#stopping.abort(error);
    await Promise.allSettled(
      [...this.#running.values()].map(stage => stage.done),
    );
    if (lease.signal.aborted) {
      logger.warn(`The run is not held any more: ${lease.signal.reason}`);
      return;
    }
    if (error instanceof WorkerStopped) {
      const message = 'Let go of by a worker that stops';
      await lease.release({ type: 'run', state: 'running', message });
      return;
    }
    logger.error('A run failed for a reason of its own', error as Error);
    const reason = this.#scope.redactor.redact(problemOf(error));
    await this.#giveUp(reason).catch(again =>
      logger.error('Its stages stay as they are', again as Error),
    );
    await this.#finish('failed', [{ type: 'warning', message: reason }]);
  }

  async #giveUp(reason: string): Promise<void> {
    const open = this.#progress
      .rows()
      .filter(row => row.state === 'running' || row.state === 'pending');
    await this.#change(
      open.map(row => ({
        key: keyOf(row),
        from: row.state,
        to: row.state === 'running' ? 'failed' : 'skipped',
        reason,
      })),
    );
  }
}

function keyOf(row: StageRow): StageKey {
  return { stage: row.stage, app: row.app, attempt: row.attempt };
}

/** A run that somebody cancelled is cancelled, unless all of its stages had ended before. */
function outcomeOf(rows: readonly StageRow[]): RunState {
  if (rows.some(row => row.state === 'cancelled')) return 'cancelled';
  return rows.some(row => row.state === 'failed') ? 'failed' : 'succeeded';
}
