import type { QueuePosition } from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import type { Changes } from './changes';
import { IdempotencyStore } from './IdempotencyStore';
import type { RunEventRow, RunRow, StageRow } from './rows';
import {
  cancelRun,
  DeletionUnderWay,
  insertRun,
  requeueRun,
  type NewRunRecord,
  type RunRepetition,
} from './runChanges';
import { RunClaims, type RunClaimsOptions } from './RunClaims';
import { readRun } from './runEvents';
import { queuePositions, type RunLimits } from './runQueue';

/**
 * Runs with their stages and events: what callers ask for and read. `claims` is the
 * side of the workers.
 */
export class RunStore {
  readonly claims: RunClaims;
  readonly #knex: Knex;
  readonly #changes: Changes;
  readonly #limits: RunLimits;
  readonly #idempotency: IdempotencyStore;

  constructor(knex: Knex, options: RunClaimsOptions) {
    this.claims = new RunClaims(knex, options);
    this.#knex = knex;
    this.#changes = options.changes;
    this.#limits = options.limits;
    this.#idempotency = new IdempotencyStore(knex);
  }

  /**
   * Stores a run with its stages and queues it. A deletion cancels the other runs of the
   * workspace, so that it does not wait for them; deleting once more answers the run that
   * deletes already.
   * @throws ConflictError where the workspace is gone or is being deleted
   */
  async create(record: NewRunRecord): Promise<RunRow> {
    try {
      const id = await this.#idempotency.once(
        record.idempotency,
        async remember => {
          const run = await this.#knex.transaction(async trx => {
            const inserted = await insertRun(trx, record);
            await remember(trx, inserted.id);
            return inserted;
          });
          this.#tell(run);
          return run.id;
        },
      );
      return await readRun(this.#knex, id);
    } catch (error) {
      if (error instanceof DeletionUnderWay && record.kind === 'delete') {
        return error.run;
      }
      throw error;
    }
  }

  async get(id: string): Promise<RunRow | undefined> {
    return this.#knex<RunRow>('runs').where({ id }).first();
  }

  /** Every attempt of the stages of these runs, in no particular order. */
  async stages(runIds: string[]): Promise<StageRow[]> {
    return this.#knex<StageRow>('stages').whereIn('run_id', runIds);
  }

  /** Events with a higher sequence than `after`, in their order. */
  async events(
    runId: string,
    after: number,
    limit: number,
  ): Promise<RunEventRow[]> {
    return this.#knex<RunEventRow>('run_events')
      .where({ run_id: runId })
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(limit);
  }

  /** Where a run stands in the queue; `undefined` when it does not wait. */
  async queuePosition(runId: string): Promise<QueuePosition | undefined> {
    return (await this.queuePositions([runId])).get(runId);
  }

  /** Where these runs stand in the queue; those that do not wait are left out. */
  async queuePositions(runIds: string[]): Promise<Map<string, QueuePosition>> {
    return queuePositions(this.#knex, runIds, this.#limits);
  }

  /**
   * Asks for a run to be stopped. One that waits is cancelled at once, one that is carried
   * out when its worker sees it. Asking again changes nothing.
   * @throws ConflictError where the run has ended, or is a deletion that has begun
   */
  async requestCancel(runId: string, by: string): Promise<RunRow> {
    return this.#change(trx => cancelRun(trx, runId, by));
  }

  /**
   * Queues a run that has ended once more, with new attempts of the stages that `choose`
   * answers.
   * @throws ConflictError where the run has not ended or its workspace is gone
   */
  async retry(
    runId: string,
    by: string,
    choose: (run: RunRow, stages: StageRow[]) => RunRepetition,
  ): Promise<RunRow> {
    return this.#change(trx => requeueRun(trx, runId, by, choose));
  }

  async #change(
    change: (trx: Knex.Transaction) => Promise<RunRow>,
  ): Promise<RunRow> {
    const changed = await this.#knex.transaction(change);
    this.#tell(changed);
    return changed;
  }

  #tell(run: RunRow): void {
    this.#changes.emit(`run:${run.id}`);
    this.#changes.emit(`workspace:${run.workspace_id}`);
    this.#changes.emit('runs');
  }
}
