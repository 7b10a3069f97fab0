import { NotFoundError } from '@backstage/errors';
import type {
  RunEvent,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import { databaseNow } from './database';
import type { RunRow } from './rows';

/** What happened, before it has its place in the sequence of its run. */
export interface NewRunEvent {
  type: RunEvent['type'];
  message: string;
  state?: string;
  stage?: StageName;
  /** Empty where the stage concerns the workspace. */
  app?: string;
  attempt?: number;
}

/**
 * Reads a run and keeps others from changing it until the transaction ends. It is a write
 * and not a `SELECT ... FOR UPDATE`, because a transaction of SQLite that begins by reading
 * may be refused the write later.
 */
export async function lockRun(
  trx: Knex.Transaction,
  runId: string,
): Promise<RunRow> {
  const [run]: RunRow[] = await trx('runs')
    .where({ id: runId })
    .update({ last_event: trx.raw('last_event') })
    .returning('*');
  return existing(run, runId);
}

/** Reads a run; one that is not there is a NotFoundError. */
export async function readRun(knex: Knex, runId: string): Promise<RunRow> {
  return existing(
    await knex<RunRow>('runs').where({ id: runId }).first(),
    runId,
  );
}

function existing(run: RunRow | undefined, runId: string): RunRow {
  if (!run) throw new NotFoundError(`There is no run "${runId}"`);
  return run;
}

/** Appends an event to a run that the transaction has locked, and answers the run as it is then. */
export async function appendEvent(
  trx: Knex.Transaction,
  run: Pick<RunRow, 'id'>,
  event: NewRunEvent,
): Promise<RunRow> {
  const [counted]: RunRow[] = await trx('runs')
    .where({ id: run.id })
    .update({ last_event: trx.raw('last_event + 1') })
    .returning('*');
  await insertEvents(trx, counted, counted.last_event, [event]);
  return counted;
}

/** Writes events from the given place of the sequence on. */
export async function insertEvents(
  trx: Knex.Transaction,
  run: Pick<RunRow, 'id' | 'workspace_id'>,
  firstSequence: number,
  events: NewRunEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await trx('run_events').insert(
    events.map((event, index) => ({
      run_id: run.id,
      workspace_id: run.workspace_id,
      sequence: firstSequence + index,
      at: databaseNow(trx),
      type: event.type,
      message: event.message,
      state: event.state ?? null,
      stage: event.stage ?? null,
      app: event.app || null,
      attempt: event.attempt ?? null,
    })),
  );
}
