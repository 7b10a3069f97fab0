import { isError } from '@backstage/errors';
import type { AppSpec } from '@slipway/backstage-plugin-workspaces-common';
import type {
  RawEvidence,
  WorkKey,
} from '@slipway/backstage-plugin-workspaces-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { problemOf } from '../store/problem';
import type { NewRunEvent } from '../store/runEvents';
import type { StageChange, StageKey } from '../store/RunClaims';
import { evidenceIn, explainFailure } from './failure';
import type { PipelineStage } from './pipeline';
import type { RunScope } from './RunScope';
import { stageName } from './RunTimes';
import type { Alongside, StageContext, StageResult } from './stage';
import { StageLog } from './StageLog';
import {
  DeadlinePassed,
  endedAfterAbort,
  StageCancelled,
  type StageStopped,
} from './stops';

/** How a stage ended, as it is to be written. */
export interface StageEnd {
  change: StageChange;
  events: NewRunEvent[];
  alongside?: Alongside;
  afterwards?: () => Promise<void>;
}

export interface StageExecutionOptions {
  scope: RunScope;
  stage: PipelineStage;
  key: StageKey;
  /** The work was under way when it was last watched. */
  resumed: boolean;
  deadlineSeconds: number;
  /** What is left of the deadline. */
  remainingMilliseconds: number;
}

/** Carries out one stage: its log, its deadline, its cancellation, and how it ended. */
export class StageExecution {
  readonly #options: StageExecutionOptions;
  readonly #log: StageLog;
  readonly #stopping = new AbortController();
  readonly #seen: RawEvidence[] = [];
  readonly #warnings: NewRunEvent[] = [];
  #stopped: StageStopped | undefined;

  constructor(options: StageExecutionOptions) {
    const { scope, key } = options;
    const { run, services, redactor } = scope;
    this.#options = options;
    this.#log = new StageLog({
      store: services.logs,
      runId: run.id,
      workspaceId: run.workspace_id,
      key,
      redactor,
    });
  }

  /** Rejects only where the stage is not watched to its end; then its work lives on. */
  async carryOut(): Promise<StageEnd> {
    const { deadlineSeconds, remainingMilliseconds } = this.#options;
    const deadline = setTimeout(
      () => this.#stop(new DeadlinePassed(deadlineSeconds)),
      Math.max(0, remainingMilliseconds),
    );
    let end: StageEnd | undefined;
    try {
      end = await this.#watch();
      return end;
    } finally {
      clearTimeout(deadline);
      const lost = await this.#closeLog();
      end?.events.unshift(...lost);
    }
  }

  async #watch(): Promise<StageEnd> {
    const { watch } = this.#options.scope;
    const context = this.#context();
    try {
      const result = await this.#work(context);
      return this.#endedWell(result);
    } catch (error) {
      if (watch.aborted) throw watch.reason;
      if (!this.#stopped) return this.#endedBadly(error, context);
      // What the engine says of work that it was told to stop may tell why it was not done in time.
      const said = evidenceIn(error) ?? [];
      return this.#endedBadly(this.#stopped, context, said);
    }
  }

  /** Stops the stage and its work. May be called before it is carried out. */
  async cancel(): Promise<void> {
    await this.#stop(new StageCancelled());
  }

  async #work(context: StageContext): Promise<StageResult> {
    const { scope, stage, key, resumed } = this.#options;
    if (this.#stopped) throw this.#stopped;
    if (resumed) await scope.lease.retried(() => this.#log.resume());
    else await this.#log.begin();
    return endedAfterAbort(
      stage.work.run(context),
      context.engineContext.signal,
      scope.graceMilliseconds,
    ).finally(() => scope.times.stageEnds(stageName(key)));
  }

  async #stop(why: StageStopped): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = why;
    await this.#cancelWork();
    this.#stopping.abort(why);
  }

  /** The engine works on when nobody watches, so it is told. */
  async #cancelWork(): Promise<void> {
    const { scope, key } = this.#options;
    const worker = key.stage === 'build' ? scope.builder : scope.engine;
    const answered = new AbortController();
    try {
      await Promise.race([
        worker.cancel(this.#workKey()),
        sleep(scope.graceMilliseconds, undefined, {
          signal: answered.signal,
        }).then(() => Promise.reject(new Error('it did not answer'))),
      ]);
    } catch (error) {
      this.#warn(`The engine was told to stop the work: ${problemOf(error)}`);
    } finally {
      answered.abort();
    }
  }

  #endedWell(result: StageResult): StageEnd {
    const { skipped: reason, outputs, alongside, afterwards } = result;
    const to = reason === undefined ? 'succeeded' : 'skipped';
    return {
      ...this.#end({ to, reason, outputs }, reason ?? ''),
      alongside,
      afterwards,
    };
  }

  async #endedBadly(
    error: unknown,
    context: StageContext,
    said: RawEvidence[] = [],
  ): Promise<StageEnd> {
    const alongside = await this.#undo(context);
    if (error instanceof StageCancelled) {
      const reason = error.message;
      return {
        ...this.#end({ to: 'cancelled', reason }, reason),
        alongside,
      };
    }
    const { scope, key } = this.#options;
    const bare = !(isError(error) && error.name === 'EngineError');
    const tail = bare ? this.#log.tail() : [];
    const { reason, diagnosis } = explainFailure(
      {
        ...key,
        error,
        seen: [...this.#seen, ...said, ...tail],
        fixes: await scope.fixes(),
      },
      scope.services.diagnose,
      scope.redactor,
    );
    if (bare && diagnosis.code === 'UNKNOWN') {
      scope.logger.warn(
        `Stage ${key.stage} failed: ${scope.redactor.redact(
          String((error as Error)?.stack ?? error),
        )}`,
      );
    }
    await this.#log.write(`Failed: ${reason}`);
    const end = this.#end({ to: 'failed', reason, diagnosis }, reason);
    end.events.push({
      type: 'diagnosis',
      ...key,
      message: `${diagnosis.code}: ${diagnosis.cause}`,
    });
    return { ...end, alongside };
  }

  async #undo(context: StageContext): Promise<Alongside | undefined> {
    const { scope, stage } = this.#options;
    try {
      return await scope.lease.retried(async () => stage.work.undo?.(context));
    } catch (error) {
      scope.lease.signal.throwIfAborted();
      this.#warn(
        `What the stage had changed was not put back: ${problemOf(error)}`,
      );
      return undefined;
    }
  }

  #end(
    how: Pick<StageChange, 'to' | 'reason' | 'outputs' | 'diagnosis'>,
    why: string,
  ): StageEnd {
    const { key } = this.#options;
    return {
      change: { key, from: 'running', ...how },
      events: [
        ...this.#warnings,
        {
          type: 'stage',
          ...key,
          state: how.to,
          message: `${whatOf(key)} ${how.to}${why && `: ${why}`}`,
        },
      ],
    };
  }

  /**
   * Before the stage is final, so that a reader who sees it final has all of its log. Answers what
   * is to be said of what was not kept; of a stage that goes on elsewhere its next watcher says it.
   */
  async #closeLog(): Promise<NewRunEvent[]> {
    const { scope, key } = this.#options;
    try {
      await scope.lease.retried(() => this.#log.close());
      return [];
    } catch (error) {
      const message = `The end of the log of ${whatOf(
        key,
      )} was not kept: ${problemOf(error)}`;
      scope.logger.warn(message);
      return [this.#warning(message)];
    }
  }

  #warn(message: string): void {
    this.#warnings.push(this.#warning(message));
  }

  #warning(message: string): NewRunEvent {
    const { scope, key } = this.#options;
    return {
      type: 'warning',
      ...key,
      message: scope.redactor.redact(message),
    };
  }

  #workKey(): WorkKey {
    const { scope, key } = this.#options;
    const { run, workspace } = scope;
    return { ...key, workspace, run: run.id, app: key.app || undefined };
  }

  #context(): StageContext {
    const { scope, key, resumed } = this.#options;
    const { run, input, engine, builder, services, secrets } = scope;
    return {
      run,
      input,
      app: key.app,
      spec: input.specs?.[key.app] ?? ({} as AppSpec),
      engine,
      builder,
      services,
      engineContext: {
        key: this.#workKey(),
        adopted: resumed,
        signal: AbortSignal.any([scope.watch, this.#stopping.signal]),
        logger: scope.logger.child({ stage: key.stage, app: key.app }),
        secrets,
      },
      rows: scope.rows,
      outputsOf: stage => scope.outputs(stage, key.app),
      log: (text, at) => this.#log.write(text, at),
      isInLog: at => this.#log.isInLog(at),
      saw: evidence => this.#seen.push(evidence),
      logTail: () => this.#log.tail(),
    };
  }
}

function whatOf({ stage, app }: StageKey): string {
  return app ? `${stage} of ${app}` : stage;
}
