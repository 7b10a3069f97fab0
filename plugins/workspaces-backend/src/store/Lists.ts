import {
  labelProblem,
  type RunKind,
  type RunState,
} from '@slipway/backstage-plugin-workspaces-common';
import type { PermissionCriteria } from '@backstage/plugin-permission-common';
import type { WorkspaceFilter } from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import {
  readPage,
  whereHasEntity,
  wherePermitted,
  type Page,
  type PageRequest,
} from './listing';
import type { EndpointRow, RunRow, SecretRow, WorkspaceRow } from './rows';

/** What the column of numbers holds. */
const HIGHEST_NUMBER = 2 ** 31 - 1;

/** Who may see what of a list; undefined where all may be seen. */
type Permitted = PermissionCriteria<WorkspaceFilter> | undefined;

export interface WorkspaceQuery extends PageRequest {
  owner?: string;
  engine?: string;
  /** Part of its name, or of the name of one of its apps; case is ignored. */
  text?: string;
  name?: string;
  entityRef?: string;
  deleted?: boolean;
}

/** Filters on what belongs to a workspace. */
export interface BelongingQuery extends PageRequest {
  workspaceId?: string;
  app?: string;
  entityRef?: string;
}

export interface RunQuery extends BelongingQuery {
  state?: RunState;
  kind?: RunKind;
  /** Within its workspace. */
  number?: number;
}

/** The lists of the API: filtered, ordered, in pages, and only what may be seen, all in the database. */
export class Lists {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  async workspaces(
    query: WorkspaceQuery,
    permitted: Permitted,
  ): Promise<Page<WorkspaceRow>> {
    const rows = this.#knex('workspaces').select('workspaces.*');
    if (query.deleted) rows.whereNotNull('workspaces.deleted_at');
    else rows.whereNull('workspaces.deleted_at');
    if (query.owner !== undefined) rows.where('workspaces.owner', query.owner);
    if (query.engine !== undefined)
      rows.where('workspaces.engine', query.engine);
    if (query.name !== undefined) rows.where('workspaces.name', query.name);
    if (query.text !== undefined) whereNamed(rows, query.text);
    if (query.entityRef !== undefined) whereHasEntity(rows, [query.entityRef]);
    wherePermitted(rows, permitted);
    return readPage<WorkspaceRow>(rows, 'workspaces', query);
  }

  async runs(query: RunQuery, permitted: Permitted): Promise<Page<RunRow>> {
    const rows = this.#belonging('runs', query, permitted);
    if (query.state !== undefined) rows.where('runs.state', query.state);
    if (query.kind !== undefined) rows.where('runs.kind', query.kind);
    if (query.number !== undefined) whereNumber(rows, query.number);
    if (query.app !== undefined) whereConcerns(rows, query.app);
    return readPage<RunRow>(rows, 'runs', query);
  }

  async endpoints(
    query: BelongingQuery,
    permitted: Permitted,
  ): Promise<Page<EndpointRow>> {
    const rows = this.#belonging('endpoints', query, permitted);
    if (query.app !== undefined) rows.where('endpoints.app', query.app);
    return readPage<EndpointRow>(rows, 'endpoints', query);
  }

  /** Secrets that users stored, of these owners. */
  async secrets(
    owners: string[],
    query: PageRequest,
  ): Promise<Page<SecretRow>> {
    const rows = this.#knex('secrets')
      .select('secrets.*')
      .whereNull('secrets.workspace_id')
      .whereIn('secrets.owner', owners);
    return readPage<SecretRow>(rows, 'secrets', query);
  }

  /** Apps whose specification, or whose release that serves, names the secret. */
  async appsWithSecret(
    secretId: string,
  ): Promise<{ app: string; workspace: string }[]> {
    const named = `%${JSON.stringify(secretId)}%`;
    return this.#knex('apps')
      .join('workspaces', 'workspaces.id', 'apps.workspace_id')
      .leftJoin('releases', serving =>
        serving
          .on('releases.workspace_id', 'apps.workspace_id')
          .andOn('releases.app', 'apps.name')
          .andOn('releases.number', 'apps.serving_release'),
      )
      .where('apps.spec', 'like', named)
      .orWhere('releases.spec', 'like', named)
      .select('apps.name as app', 'workspaces.name as workspace');
  }

  #belonging(
    table: 'runs' | 'endpoints',
    query: BelongingQuery,
    permitted: Permitted,
  ): Knex.QueryBuilder {
    const rows = this.#knex(table)
      .join('workspaces', 'workspaces.id', `${table}.workspace_id`)
      .select(`${table}.*`);
    if (query.workspaceId !== undefined)
      rows.where(`${table}.workspace_id`, query.workspaceId);
    if (query.entityRef !== undefined)
      this.#ofEntity(rows, table, query.entityRef);
    wherePermitted(rows, permitted);
    return rows;
  }

  /** Of a workspace with several apps only what concerns the app that is the entity. */
  #ofEntity(
    rows: Knex.QueryBuilder,
    table: 'runs' | 'endpoints',
    entityRef: string,
  ): void {
    const concerns =
      table === 'endpoints'
        ? 'endpoints.app = apps.name'
        : `(runs.kind = 'delete' or runs.apps like '%"' || apps.name || '"%')`;
    rows.whereExists(apps =>
      apps
        .select('apps.name')
        .from('apps')
        .whereRaw('apps.workspace_id = workspaces.id')
        .whereRaw(concerns)
        .where('apps.entity_ref', entityRef),
    );
  }
}

/** The text is what it is: `%` and `_` stand for themselves. */
function whereNamed(workspaces: Knex.QueryBuilder, text: string): void {
  const part = `%${text.toLowerCase().replace(/[!%_]/g, '!$&')}%`;
  workspaces.where(named =>
    named
      .whereRaw(`lower(workspaces.name) like ? escape '!'`, [part])
      .orWhereExists(apps =>
        apps
          .select('apps.name')
          .from('apps')
          .whereRaw('apps.workspace_id = workspaces.id')
          .whereRaw(`lower(apps.name) like ? escape '!'`, [part]),
      ),
  );
}

function whereNumber(runs: Knex.QueryBuilder, number: number): void {
  if (number > HIGHEST_NUMBER) runs.whereRaw('1 = 0');
  else runs.where('runs.number', number);
}

/**
 * Runs that name the app, and those that delete a workspace which has, or had, that app.
 * Names are labels, so that the quoted name stands in the JSON array of a run only as a whole.
 */
function whereConcerns(runs: Knex.QueryBuilder, app: string): void {
  if (labelProblem(app)) {
    runs.whereRaw('1 = 0');
    return;
  }
  const named = `%"${app}"%`;
  runs.where(concerned =>
    concerned
      .where('runs.apps', 'like', named)
      .orWhere(deletion =>
        deletion
          .where('runs.kind', 'delete')
          .where(had =>
            had
              .whereExists(apps =>
                apps
                  .select('apps.name')
                  .from('apps')
                  .whereRaw('apps.workspace_id = runs.workspace_id')
                  .where('apps.name', app),
              )
              .orWhereExists(others =>
                others
                  .select('others.id')
                  .from('runs as others')
                  .whereRaw('others.workspace_id = runs.workspace_id')
                  .where('others.apps', 'like', named),
              ),
          ),
      ),
  );
}
