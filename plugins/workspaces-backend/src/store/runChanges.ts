import { ConflictError } from '@backstage/errors';
import {
  finalRunStates,
  type RunKind,
  type StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import { databaseNow } from './database';
import type { IdempotentRequest } from './IdempotencyStore';
import type { RunInput, RunRow, StageRow } from './rows';
import { appendEvent, lockRun, readRun } from './runEvents';

/** A stage of one app, or of the workspace where `app` is empty. */
export interface StageRef {
  stage: StageName;
  app: string;
}

export interface NewRunRecord {
  workspaceId: string;
  kind: RunKind;
  apps: string[];
  input: RunInput;
  stages: StageRef[];
  reason?: string;
  createdBy: string;
  /** A second run with the same key is the first one; with another hash it is a ConflictError. */
  idempotency?: IdempotentRequest;
  /** What is written together with the run, or not at all. */
  alongside?: (trx: Knex.Transaction) => Promise<void>;
}

/** How a run that has ended is carried out once more. */
export interface RunRepetition {
  /** Stages of which there is to be another attempt. */
  again: StageRef[];
  input: RunInput;
  /** What is written together with it, or not at all. */
  alongside?: (trx: Knex.Transaction) => Promise<void>;
}

/** A run deletes the workspace already. */
export class DeletionUnderWay extends ConflictError {
  constructor(readonly run: RunRow) {
    super(
      `The workspace is being deleted by its run ${run.number}; it takes no other run`,
    );
  }
}

/** Stores a run with its stages and its first event. */
export async function insertRun(
  trx: Knex.Transaction,
  record: NewRunRecord,
): Promise<RunRow> {
  const id = randomUUID();
  const workspace = await lockWorkspace(trx, record.workspaceId);
  const number = workspace.last_run_number + 1;
  await trx('workspaces')
    .where({ id: record.workspaceId })
    .update({ last_run_number: number });
  if (record.kind === 'delete') {
    await cancelOthers(trx, record.workspaceId, record.createdBy);
  }
  const [run]: RunRow[] = await trx('runs')
    .insert({
      id,
      workspace_id: record.workspaceId,
      number,
      kind: record.kind,
      state: 'queued',
      reason: record.reason ?? null,
      apps: JSON.stringify(record.apps),
      input: JSON.stringify(record.input),
      owner: workspace.owner,
      created_by: record.createdBy,
      created_at: databaseNow(trx),
      queued_at: databaseNow(trx),
    })
    .returning('*');
  await insertAttempts(trx, id, [], record.stages);
  await record.alongside?.(trx);
  return appendEvent(trx, run, {
    type: 'run',
    state: 'queued',
    message: `Queued by ${record.createdBy}`,
  });
}

/** Cancels a run that waits, and asks the worker of one that is carried out. */
export async function cancelRun(
  trx: Knex.Transaction,
  runId: string,
  by: string,
): Promise<RunRow> {
  const run = await lockRun(trx, runId);
  if (finalRunStates.includes(run.state)) {
    throw new ConflictError(
      `Run ${run.number} has ended (${run.state}); there is nothing to cancel`,
    );
  }
  if (run.cancel_requested_at !== null) return run;
  const waits = run.state === 'queued';
  if (run.kind === 'delete' && !waits) {
    throw new ConflictError(
      `Run ${run.number} deletes the workspace; a deletion that has begun cannot be cancelled`,
    );
  }
  if (waits) {
    await trx('stages')
      .where({ run_id: run.id, state: 'pending' })
      .update({ state: 'cancelled', reason: `cancelled by ${by}` });
  }
  const [changed]: RunRow[] = await trx('runs')
    .where({ id: run.id })
    .update({
      cancel_requested_at: databaseNow(trx),
      ...(waits && { state: 'cancelled', ended_at: databaseNow(trx) }),
    })
    .returning('*');
  return appendEvent(trx, changed, {
    type: 'run',
    state: changed.state,
    message: waits ? `Cancelled by ${by}` : `Cancel requested by ${by}`,
  });
}

/** Queues a run that has ended once more, with new attempts of the chosen stages. */
export async function requeueRun(
  trx: Knex.Transaction,
  runId: string,
  by: string,
  choose: (run: RunRow, stages: StageRow[]) => RunRepetition,
): Promise<RunRow> {
  const { workspace_id: workspaceId } = await readRun(trx, runId);
  await lockWorkspace(trx, workspaceId); // before the run, as everywhere: no deadlock
  const run = await lockRun(trx, runId);
  if (!finalRunStates.includes(run.state)) {
    throw new ConflictError(
      `Run ${run.number} is ${run.state}; only a run that has ended can be retried`,
    );
  }
  const stages = await trx<StageRow>('stages').where({ run_id: run.id });
  const { again, input, alongside } = choose(run, stages);
  await insertAttempts(trx, run.id, stages, again);
  await alongside?.(trx);
  const [queued]: RunRow[] = await trx('runs')
    .where({ id: run.id })
    .update({
      state: 'queued',
      input: JSON.stringify(input),
      queued_at: databaseNow(trx),
      started_at: null,
      ended_at: null,
      cancel_requested_at: null,
      worker: null,
      lease_until: null,
    })
    .returning('*');
  const names = [...new Set(again.map(each => each.stage))].join(', ');
  return appendEvent(trx, queued, {
    type: 'run',
    state: 'queued',
    message: `Queued again by ${by}: ${names}`,
  });
}

/** Serialises what starts runs of one workspace. */
async function lockWorkspace(
  trx: Knex.Transaction,
  workspaceId: string,
): Promise<{ last_run_number: number; owner: string }> {
  const [workspace] = await trx('workspaces')
    .where({ id: workspaceId })
    .whereNotNull('live_name')
    .update({ last_run_number: trx.raw('last_run_number') })
    .returning(['last_run_number', 'owner']);
  if (!workspace) {
    throw new ConflictError('The workspace was deleted; it takes no run');
  }
  const deletion = await trx<RunRow>('runs')
    .where({ workspace_id: workspaceId, kind: 'delete' })
    .whereIn('state', ['queued', 'running'])
    .first();
  if (deletion) throw new DeletionUnderWay(deletion);
  return workspace;
}

async function insertAttempts(
  trx: Knex.Transaction,
  runId: string,
  stages: StageRow[],
  again: StageRef[],
): Promise<void> {
  const attempts = again.map(({ stage, app }) => ({
    run_id: runId,
    app,
    stage,
    attempt:
      1 + stages.filter(row => row.stage === stage && row.app === app).length,
    state: 'pending',
  }));
  await trx('stages').insert(attempts);
}

async function cancelOthers(
  trx: Knex.Transaction,
  workspaceId: string,
  by: string,
): Promise<void> {
  const others: { id: string }[] = await trx('runs')
    .where({ workspace_id: workspaceId })
    .whereIn('state', ['queued', 'running'])
    .update({ last_event: trx.raw('last_event') }) // locks them
    .returning('id');
  for (const { id } of others) await cancelRun(trx, id, by);
}
