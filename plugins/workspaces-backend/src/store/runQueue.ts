import type { QueuePosition } from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import { databaseNow } from './database';
import { isGone } from './replica';
import type { RunRow } from './rows';

/** How much runs at a time. Of one workspace it is always one run. */
export interface RunLimits {
  /** Runs that are carried out at a time, over all replicas. */
  total: number;
  /** Of these, runs of workspaces of one owner. */
  perOwner: number;
}

/** Runs of one workspace may be queued within the same millisecond: then their number decides. */
const QUEUE = ['queued_at', 'number', 'id'];

export interface Claim {
  worker: string;
  leaseMilliseconds: number;
}

/**
 * Claims the oldest run that may start, in one transaction; `undefined` if there is none.
 * Claims are serialised by a row of `leases`, so that limits hold over all replicas; that
 * a workspace has one running run is held by a unique index as well.
 */
export async function startOldest(
  trx: Knex.Transaction,
  limits: RunLimits,
  claim: Claim,
): Promise<RunRow | undefined> {
  await trx('leases')
    .insert({ name: 'run claims', holder: claim.worker, lease_until: 0 })
    .onConflict('name')
    .merge(['holder']);
  const [run]: RunRow[] = await trx('runs')
    .where({ id: mayStart(trx, limits), state: 'queued' })
    .update({
      state: 'running',
      started_at: databaseNow(trx),
      ...claimed(trx, claim),
    })
    .returning('*');
  return run;
}

/** Whether {@link startOldest} would find a run; takes no lock. */
export async function someMayStart(
  knex: Knex,
  limits: RunLimits,
): Promise<boolean> {
  return (await mayStart(knex, limits)).length > 0;
}

/**
 * The oldest run that nobody carries out: its lease has run out by the database's clock,
 * or the process of its worker has certainly ended.
 */
export async function findAbandoned(
  knex: Knex,
  except: string[],
): Promise<RunRow | undefined> {
  const running = knex<RunRow>('runs')
    .where({ state: 'running' })
    .whereNotIn('id', except);
  const workers = await running.clone().distinct<string[]>().pluck('worker');
  const gone = workers.filter(worker => worker && isGone(worker));
  return running
    .where(condition =>
      condition
        .where('lease_until', '<=', databaseNow(knex))
        .orWhereIn('worker', gone),
    )
    .orderBy(QUEUE)
    .first();
}

/** Claims a run that is abandoned; `undefined` where another worker was faster. */
export async function takeOver(
  trx: Knex.Transaction,
  abandoned: RunRow,
  claim: Claim,
): Promise<RunRow | undefined> {
  const [run]: RunRow[] = await trx('runs')
    .where({
      id: abandoned.id,
      epoch: abandoned.epoch,
      state: 'running',
      lease_until: abandoned.lease_until, // not renewed meanwhile
    })
    .update(claimed(trx, claim))
    .returning('*');
  if (!run) return undefined;
  // A deadline counts the time in which somebody watched.
  await trx('stages')
    .where({ run_id: run.id, state: 'running' })
    .update({
      deadline_at: trx.raw('deadline_at + (? - heartbeat_at)', [
        databaseNow(trx),
      ]),
      heartbeat_at: databaseNow(trx),
    });
  return run;
}

function claimed(knex: Knex, claim: Claim): Record<string, unknown> {
  return {
    worker: claim.worker,
    epoch: knex.raw('epoch + 1'),
    lease_until: knex.raw('? + ?', [
      databaseNow(knex),
      claim.leaseMilliseconds,
    ]),
  };
}

function mayStart(knex: Knex, limits: RunLimits): Knex.QueryBuilder {
  const running = () => knex('runs as other').where('other.state', 'running');
  return knex('runs as candidate')
    .select('candidate.id')
    .where('candidate.state', 'queued')
    .whereNotExists(
      running().whereRaw('other.workspace_id = candidate.workspace_id'),
    )
    .whereRaw('? > ?', [limits.total, running().count('*')])
    .whereRaw('? > ?', [
      limits.perOwner,
      running().whereRaw('other.owner = candidate.owner').count('*'),
    ])
    .orderBy(QUEUE.map(column => `candidate.${column}`))
    .limit(1);
}

type Queued = Pick<RunRow, 'id' | 'workspace_id' | 'owner' | 'state'>;

/** Where these runs stand in the queue, and what each waits for. */
export async function queuePositions(
  knex: Knex,
  runIds: string[],
  limits: RunLimits,
): Promise<Map<string, QueuePosition>> {
  const active: Queued[] = await knex<RunRow>('runs')
    .select('id', 'workspace_id', 'owner', 'state')
    .whereIn('state', ['queued', 'running'])
    .orderBy(QUEUE);
  const running = active.filter(run => run.state === 'running');
  const waiting = active.filter(run => run.state === 'queued');
  return new Map(
    waiting.flatMap((run, index) => {
      if (!runIds.includes(run.id)) return [];
      const ahead = [...running, ...waiting.slice(0, index)];
      return [[run.id, positionOf(run, ahead, running, index, limits)]];
    }),
  );
}

function positionOf(
  run: Queued,
  ahead: Queued[],
  running: Queued[],
  index: number,
  limits: RunLimits,
): QueuePosition {
  const position = index + 1;
  const ofWorkspace = ahead.find(
    other => other.workspace_id === run.workspace_id,
  );
  if (ofWorkspace) {
    return { position, waitsFor: 'workspace', behindRun: ofWorkspace.id };
  }
  const ofOwner = running.filter(other => other.owner === run.owner);
  if (ofOwner.length >= limits.perOwner) return { position, waitsFor: 'owner' };
  if (running.length >= limits.total) return { position, waitsFor: 'limit' };
  return { position, waitsFor: 'worker' };
}
