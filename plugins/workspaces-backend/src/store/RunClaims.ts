import type {
  Diagnosis,
  RunState,
  StageState,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import type { Changes } from './changes';
import { databaseNow, readDatabaseNow } from './database';
import type { Moment, RunRow, StageRow } from './rows';
import type { StageRef } from './runChanges';
import { appendEvent, insertEvents, type NewRunEvent } from './runEvents';
import {
  findAbandoned,
  someMayStart,
  startOldest,
  takeOver,
  type RunLimits,
} from './runQueue';

const LEASE_MILLISECONDS = 15_000;

export interface RunClaimsOptions {
  changes: Changes;
  limits: RunLimits;
  /** How long a claim holds without a renewal; 15 s if absent. */
  leaseMilliseconds?: number;
}

/** What a worker holds: every write names it, and fails once another worker holds the run. */
export interface RunClaim {
  runId: string;
  workspaceId: string;
  epoch: number;
}

/** A run as it was claimed, with every attempt of its stages. */
export interface ClaimedRun {
  claim: RunClaim;
  run: RunRow;
  /** Name of its workspace. */
  workspace: string;
  stages: StageRow[];
  /** Another worker held it before. */
  takeover: boolean;
  /** The database's clock at the claim. */
  now: Moment;
}

/** One attempt of a stage. */
export interface StageKey extends StageRef {
  attempt: number;
}

/** A step of a stage from one state to another. */
export interface StageChange {
  key: StageKey;
  from: StageState;
  to: StageState;
  reason?: string;
  /** Kept as JSON. */
  outputs?: Record<string, unknown>;
  diagnosis?: Diagnosis;
  /** With `to: 'running'`: how long it may take. */
  deadlineSeconds?: number;
}

/** The worker does not hold the run any more: it was taken over, or its lease ran out. */
export class LeaseLostError extends Error {
  readonly name = 'LeaseLostError';
}

/** The changes were written by an earlier try whose answer was lost. */
class AlreadyWritten extends Error {}

/** What workers do with runs: claims, and writes fenced by them. */
export class RunClaims {
  readonly leaseMilliseconds: number;
  readonly #knex: Knex;
  readonly #options: RunClaimsOptions;

  constructor(knex: Knex, options: RunClaimsOptions) {
    this.#knex = knex;
    this.#options = options;
    this.leaseMilliseconds = options.leaseMilliseconds ?? LEASE_MILLISECONDS;
  }

  /**
   * Claims a run: first one that its worker has abandoned, else the oldest that waits and
   * may start. `except` are runs that this worker has not let go of yet.
   */
  async claim(
    worker: string,
    except: string[] = [],
  ): Promise<ClaimedRun | undefined> {
    const claim = { worker, leaseMilliseconds: this.leaseMilliseconds };
    const abandoned = await findAbandoned(this.#knex, except);
    if (!abandoned && !(await someMayStart(this.#knex, this.#options.limits))) {
      return undefined;
    }
    const result = await this.#knex.transaction(async trx => {
      const held = abandoned
        ? await takeOver(trx, abandoned, claim)
        : await startOldest(trx, this.#options.limits, claim);
      if (!held) return undefined;
      const run = await appendEvent(trx, held, claimEvent(held, abandoned));
      const [workspace] = await trx('workspaces')
        .where({ id: run.workspace_id })
        .pluck<string[]>('name');
      return {
        claim: {
          runId: run.id,
          workspaceId: run.workspace_id,
          epoch: run.epoch,
        },
        run,
        workspace,
        stages: await trx<StageRow>('stages').where({ run_id: run.id }),
        takeover: abandoned !== undefined,
        now: await readDatabaseNow(trx),
      };
    });
    if (result) this.#tell(result.claim);
    return result;
  }

  /** Runs of this worker that somebody asked to cancel. */
  async cancelRequested(worker: string): Promise<string[]> {
    const runs: { id: string }[] = await this.#knex('runs')
      .select('id')
      .where({ worker, state: 'running' })
      .whereNotNull('cancel_requested_at');
    return runs.map(run => run.id);
  }

  /** Renews the lease and the heartbeat of the stages that run. */
  async renew(claim: RunClaim): Promise<void> {
    await this.#knex.transaction(async trx => {
      await this.#fence(trx, claim, []);
      await trx('stages')
        .where({ run_id: claim.runId, state: 'running' })
        .update({ heartbeat_at: databaseNow(trx) });
    });
  }

  /**
   * Writes changes of stages, their events, what belongs to them, and the renewal of the
   * lease: all or nothing. Written twice it is written once.
   */
  async checkpoint(
    claim: RunClaim,
    checkpoint: {
      changes?: StageChange[];
      events?: NewRunEvent[];
      alongside?: (trx: Knex.Transaction) => Promise<void>;
    },
  ): Promise<void> {
    const { changes = [], events = [], alongside } = checkpoint;
    await this.#knex
      .transaction(async trx => {
        await this.#fence(trx, claim, events);
        for (const change of changes) {
          await changeStage(trx, claim.runId, change);
        }
        await alongside?.(trx);
      })
      .catch(error => {
        if (!(error instanceof AlreadyWritten)) throw error;
      });
    this.#tell(claim);
  }

  /** Ends the run. */
  async finish(
    claim: RunClaim,
    state: RunState,
    events: NewRunEvent[],
  ): Promise<void> {
    await this.#knex
      .transaction(async trx => {
        await this.#fence(trx, claim, events, state);
        await trx('runs')
          .where({ id: claim.runId })
          .update({ state, ended_at: databaseNow(trx), lease_until: null });
      })
      .catch(error => {
        if (!(error instanceof AlreadyWritten)) throw error;
      });
    this.#tell(claim);
    this.#options.changes.emit('runs');
  }

  /** Lets go of the run, so that another worker carries on at once. */
  async release(claim: RunClaim, event: NewRunEvent): Promise<void> {
    await this.#knex.transaction(async trx => {
      await this.#fence(trx, claim, [event]);
      await trx('runs')
        .where({ id: claim.runId })
        .update({ worker: null, lease_until: 0 });
    });
    this.#tell(claim);
    this.#options.changes.emit('runs');
  }

  /** The first statement of every write: renews the lease, or finds that it is not held. */
  async #fence(
    trx: Knex.Transaction,
    claim: RunClaim,
    events: NewRunEvent[],
    finalState?: RunState,
  ): Promise<void> {
    const [run] = await trx('runs')
      .where({ id: claim.runId, epoch: claim.epoch, state: 'running' })
      .update({
        lease_until: trx.raw('? + ?', [
          databaseNow(trx),
          this.leaseMilliseconds,
        ]),
        last_event: trx.raw('last_event + ?', [events.length]),
      })
      .returning('last_event');
    if (!run) {
      const now = await trx<RunRow>('runs').where({ id: claim.runId }).first();
      if (now?.epoch === claim.epoch && now.state === finalState) {
        throw new AlreadyWritten();
      }
      throw new LeaseLostError(
        `Run ${claim.runId} is held by ${now?.worker ?? 'nobody'} since epoch ${
          now?.epoch
        }; this worker held epoch ${claim.epoch}`,
      );
    }
    await insertEvents(
      trx,
      { id: claim.runId, workspace_id: claim.workspaceId },
      run.last_event - events.length + 1,
      events,
    );
  }

  #tell(claim: RunClaim): void {
    this.#options.changes.emit(`run:${claim.runId}`);
    this.#options.changes.emit(`workspace:${claim.workspaceId}`);
  }
}

function wordsOf({ worker }: RunRow, before: RunRow | undefined): string {
  if (!before) return `Claimed by ${worker}`;
  if (before.worker === worker)
    return `Taken up again by ${worker}, whose lease had run out`;
  const from = before.worker ? ` from ${before.worker}` : '';
  return `Taken over${from} by ${worker}`;
}

function claimEvent(run: RunRow, before: RunRow | undefined): NewRunEvent {
  return {
    type: 'run',
    state: 'running',
    message: `${wordsOf(run, before)} (epoch ${run.epoch})`,
  };
}

async function changeStage(
  trx: Knex.Transaction,
  runId: string,
  change: StageChange,
): Promise<void> {
  const row = { run_id: runId, ...change.key };
  const now = databaseNow(trx);
  const started = {
    started_at: now,
    heartbeat_at: now,
    deadline_at: trx.raw('? + ?', [now, (change.deadlineSeconds ?? 0) * 1000]),
  };
  const changed = await trx('stages')
    .where({ ...row, state: change.from })
    .update({
      state: change.to,
      reason: change.reason ?? null,
      outputs: change.outputs ? JSON.stringify(change.outputs) : null,
      diagnosis: change.diagnosis ? JSON.stringify(change.diagnosis) : null,
      ...(change.to === 'running' && started),
      ...(change.from === 'running' && { ended_at: now }),
    });
  if (changed === 1) return;
  const found = await trx<StageRow>('stages').where(row).first();
  if (found?.state === change.to) throw new AlreadyWritten();
  throw new Error(
    `Stage ${change.key.stage} is ${found?.state}, not ${change.from}`,
  );
}
