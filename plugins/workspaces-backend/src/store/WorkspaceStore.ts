import { ConflictError, NotFoundError } from '@backstage/errors';
import {
  WORKSPACE_PREFIX,
  type AppSpec,
  type Receipt,
  type WorkspaceSize,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import { isUniqueViolation } from './conflicts';
import { databaseNow } from './database';
import type {
  AppRow,
  DependencyRow,
  NewRelease,
  ReleaseRow,
  RunRow,
  WorkspaceRow,
} from './rows';

/** Workspaces with their apps, dependencies and releases. */
export class WorkspaceStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** A name or an entity ref that another live workspace has is a ConflictError. */
  async create(
    input: {
      workspace: WorkspaceRow;
      apps: AppRow[];
      dependencies: DependencyRow[];
    },
    trx?: Knex.Transaction,
  ): Promise<void> {
    await this.#inTransaction(trx, async inner => {
      await inner('workspaces')
        .insert(input.workspace)
        .catch(error => {
          throw isUniqueViolation(error)
            ? new ConflictError(
                `name: "${input.workspace.name}" is taken; choose another name`,
              )
            : error;
        });
      for (const app of input.apps) await insertApp(inner, app);
      for (const dependency of input.dependencies)
        await inner('dependencies').insert(dependency);
    });
  }

  async get(id: string): Promise<WorkspaceRow | undefined> {
    return this.#knex<WorkspaceRow>('workspaces').where({ id }).first();
  }

  async getMany(ids: string[]): Promise<WorkspaceRow[]> {
    return this.#knex<WorkspaceRow>('workspaces').whereIn('id', ids);
  }

  /** The live workspace of exactly this name. */
  async findLive(name: string): Promise<WorkspaceRow | undefined> {
    return this.#knex<WorkspaceRow>('workspaces')
      .where({ live_name: name })
      .first();
  }

  /** The workspace of this name that was deleted last. */
  async findDeleted(name: string): Promise<WorkspaceRow | undefined> {
    return this.#knex<WorkspaceRow>('workspaces')
      .where({ name })
      .whereNotNull('deleted_at')
      .orderBy('deleted_at', 'desc')
      .first();
  }

  /** What a path or filter names: `ws-...` is a live name, anything else an id. */
  async resolve(nameOrId: string): Promise<WorkspaceRow | undefined> {
    return nameOrId.startsWith(WORKSPACE_PREFIX)
      ? this.findLive(nameOrId)
      : this.get(nameOrId);
  }

  /** All live workspaces. */
  async live(): Promise<WorkspaceRow[]> {
    return this.#knex<WorkspaceRow>('workspaces')
      .whereNotNull('live_name')
      .orderBy('created_at');
  }

  /**
   * Serialises changes of a workspace until the transaction ends.
   * @throws ConflictError where it is gone or being deleted
   */
  async lock(workspaceId: string, trx: Knex.Transaction): Promise<void> {
    const workspace = await trx<WorkspaceRow>('workspaces')
      .where({ id: workspaceId })
      .forUpdate()
      .first();
    if (!workspace || workspace.live_name === null) {
      throw new ConflictError(
        'The workspace was deleted; it cannot be changed',
      );
    }
    const deletion = await trx<RunRow>('runs')
      .where({ workspace_id: workspaceId, kind: 'delete' })
      .whereIn('state', ['queued', 'running'])
      .first();
    if (deletion) {
      throw new ConflictError(
        `The workspace is being deleted by its run ${deletion.number}; it cannot be changed`,
      );
    }
  }

  async apps(workspaceId: string, trx?: Knex.Transaction): Promise<AppRow[]> {
    return this.appsOf([workspaceId], trx);
  }

  async appsOf(
    workspaceIds: string[],
    trx?: Knex.Transaction,
  ): Promise<AppRow[]> {
    return (trx ?? this.#knex)<AppRow>('apps')
      .whereIn('workspace_id', workspaceIds)
      .orderBy(['workspace_id', 'created_at', 'name']);
  }

  async app(workspaceId: string, name: string): Promise<AppRow | undefined> {
    return this.#knex<AppRow>('apps')
      .where({ workspace_id: workspaceId, name })
      .first();
  }

  /** Adds the app, or replaces the specification of the one that is there; its releases stay. */
  async putApp(row: AppRow, trx?: Knex.Transaction): Promise<void> {
    await this.#inTransaction(trx, async inner => {
      const updated = await inner('apps')
        .where({ workspace_id: row.workspace_id, name: row.name })
        .update({ spec: row.spec });
      if (updated === 0) await insertApp(inner, row);
    });
  }

  /** Keeps a source, or a number of replicas, as that of the app. */
  async changeApp(
    workspaceId: string,
    app: string,
    change: Pick<AppSpec, 'source'> | Pick<AppSpec, 'replicas'>,
    trx?: Knex.Transaction,
  ): Promise<void> {
    await this.#inTransaction(trx, async inner => {
      const row = await inner<AppRow>('apps')
        .where({ workspace_id: workspaceId, name: app })
        .forUpdate()
        .first();
      if (!row) throw new NotFoundError(`The workspace has no app "${app}"`);
      const spec: AppSpec = { ...JSON.parse(row.spec), ...change };
      await inner('apps')
        .where({ workspace_id: workspaceId, name: app })
        .update({ spec: JSON.stringify(spec) });
    });
  }

  async dependencies(
    workspaceId: string,
    trx?: Knex.Transaction,
  ): Promise<DependencyRow[]> {
    return this.dependenciesOf([workspaceId], trx);
  }

  async dependenciesOf(
    workspaceIds: string[],
    trx?: Knex.Transaction,
  ): Promise<DependencyRow[]> {
    return (trx ?? this.#knex)<DependencyRow>('dependencies')
      .whereIn('workspace_id', workspaceIds)
      .orderBy(['workspace_id', 'created_at', 'name']);
  }

  /** Dependencies given replace those that are there. */
  async update(
    workspaceId: string,
    change: { size?: WorkspaceSize; dependencies?: DependencyRow[] },
    trx?: Knex.Transaction,
  ): Promise<void> {
    await this.#inTransaction(trx, async inner => {
      if (change.size)
        await inner('workspaces')
          .where({ id: workspaceId })
          .update({ size: change.size });
      if (!change.dependencies) return;
      await inner('dependencies').where({ workspace_id: workspaceId }).delete();
      for (const dependency of change.dependencies)
        await inner('dependencies').insert(dependency);
    });
  }

  /**
   * A run that already made a release of the same app and image gets that one again, with
   * the specification of now as long as it has not served.
   */
  async createRelease(input: NewRelease): Promise<ReleaseRow> {
    return this.#knex.transaction(async trx => {
      const appKey = { workspace_id: input.workspace_id, name: input.app };
      const app = await trx<AppRow>('apps').where(appKey).forUpdate().first();
      if (!app)
        throw new NotFoundError(`The workspace has no app "${input.app}"`);
      const existing = await trx<ReleaseRow>('releases')
        .where({
          workspace_id: input.workspace_id,
          run_id: input.run_id,
          app: input.app,
          image: input.image,
        })
        .first();
      if (existing) return refreshRelease(trx, existing, input);
      const release: ReleaseRow = {
        ...input,
        number: app.last_release + 1,
        state: 'candidate',
        created_at: Date.now(),
        served_at: null,
        retired_at: null,
      };
      await trx('apps').where(appKey).update({ last_release: release.number });
      await trx('releases').insert(release);
      return release;
    });
  }

  async release(
    workspaceId: string,
    app: string,
    number: number,
    trx?: Knex.Transaction,
  ): Promise<ReleaseRow | undefined> {
    return (trx ?? this.#knex)<ReleaseRow>('releases')
      .where({ workspace_id: workspaceId, app, number })
      .first();
  }

  /** Newest first; `before` leaves out that number and those after it. */
  async releases(
    workspaceId: string,
    app: string,
    options: { before?: number; limit?: number } = {},
  ): Promise<ReleaseRow[]> {
    const query = this.#knex<ReleaseRow>('releases')
      .where({ workspace_id: workspaceId, app })
      .orderBy('number', 'desc');
    if (options.before !== undefined)
      query.where('number', '<', options.before);
    if (options.limit !== undefined) query.limit(options.limit);
    return query;
  }

  /** The release serves from now on with so many replicas; the one before it is superseded. */
  async setServing(
    workspaceId: string,
    app: string,
    { release: number, replicas }: { release: number; replicas: number },
    trx: Knex.Transaction,
  ): Promise<void> {
    const ofApp = { workspace_id: workspaceId, app };
    await trx('releases')
      .where({ ...ofApp, state: 'serving' })
      .whereNot({ number })
      .update({ state: 'superseded' });
    const release = await trx('releases')
      .where({ ...ofApp, number })
      .first('spec');
    const spec: AppSpec = { ...JSON.parse(release.spec), replicas };
    await trx('releases')
      .where({ ...ofApp, number })
      .update({
        state: 'serving',
        spec: JSON.stringify(spec),
        served_at: databaseNow(trx),
      });
    await trx('apps')
      .where({ workspace_id: workspaceId, name: app })
      .update({ serving_release: number });
  }

  /** A release that never served has failed; one that did is left as it is. */
  async failRelease(
    workspaceId: string,
    app: string,
    number: number,
    trx: Knex.Transaction,
  ): Promise<void> {
    await trx('releases')
      .where({ workspace_id: workspaceId, app, number, state: 'candidate' })
      .update({ state: 'failed' });
  }

  /** Leaves a tombstone: name, owner, receipt, runs and events. The name is free again. */
  async bury(
    workspaceId: string,
    receipt: Receipt,
    trx: Knex.Transaction,
  ): Promise<void> {
    await trx('workspaces')
      .where({ id: workspaceId })
      .update({
        live_name: null,
        deleted_at: Date.now(),
        receipt: JSON.stringify(receipt),
      });
    const tables = [
      'apps',
      'dependencies',
      'releases',
      'endpoints',
      'secrets',
      'log_chunks',
      'bundles',
    ];
    for (const table of tables)
      await trx(table).where({ workspace_id: workspaceId }).delete();
    await trx('idempotency_keys')
      .where({ resource_id: workspaceId })
      .orWhereIn(
        'resource_id',
        trx('runs').select('id').where({ workspace_id: workspaceId }),
      )
      .delete();
  }

  /** Removes tombstones older than the moment, with their runs, stages and events. Answers how many. */
  async removeTombstones(before: number): Promise<number> {
    return this.#knex.transaction(async trx => {
      const tombstones = trx('workspaces')
        .select('id')
        .whereNotNull('deleted_at')
        .where('deleted_at', '<', before);
      const runs = trx('runs')
        .select('id')
        .whereIn('workspace_id', tombstones.clone());
      for (const table of ['stages', 'run_events'])
        await trx(table).whereIn('run_id', runs.clone()).delete();
      await trx('runs').whereIn('workspace_id', tombstones.clone()).delete();
      const removed: number = await trx('workspaces')
        .whereNotNull('deleted_at')
        .where('deleted_at', '<', before)
        .delete();
      return removed;
    });
  }

  async #inTransaction<T>(
    trx: Knex.Transaction | undefined,
    work: (inner: Knex.Transaction) => Promise<T>,
  ): Promise<T> {
    return trx ? work(trx) : this.#knex.transaction(work);
  }
}

async function refreshRelease(
  trx: Knex.Transaction,
  existing: ReleaseRow,
  input: NewRelease,
): Promise<ReleaseRow> {
  const served =
    existing.state === 'serving' || existing.state === 'superseded';
  if (served) return existing;
  const { workspace_id, app, number } = existing;
  const change: Partial<ReleaseRow> = { ...input, state: 'candidate' };
  await trx('releases').where({ workspace_id, app, number }).update(change);
  return { ...existing, ...change };
}

async function insertApp(trx: Knex.Transaction, app: AppRow): Promise<void> {
  await trx('apps')
    .insert(app)
    .catch(error => {
      throw isUniqueViolation(error)
        ? new ConflictError(
            `apps: the entity ${app.entity_ref} of app "${app.name}" is taken by another app; choose another name`,
          )
        : error;
    });
}
