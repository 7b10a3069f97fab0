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

/** Who may see what of a list; undefined where all may be seen. */
type Permitted = PermissionCriteria<WorkspaceFilter> | undefined;

export interface WorkspaceQuery extends PageRequest {
  owner?: string;
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
    if (query.name !== undefined) rows.where('workspaces.name', query.name);
    if (query.entityRef !== undefined) whereHasEntity(rows, [query.entityRef]);
    wherePermitted(rows, permitted);
    return readPage<WorkspaceRow>(rows, 'workspaces', query);
  }

  async runs(query: RunQuery, permitted: Permitted): Promise<Page<RunRow>> {
    const rows = this.#belonging('runs', query, permitted);
    if (query.state !== undefined) rows.where('runs.state', query.state);
    if (query.kind !== undefined) rows.where('runs.kind', query.kind);
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
        : `runs.apps like '%"' || apps.name || '"%'`;
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

/** Names are labels, so that the quoted name stands in the JSON array of a run only as a whole. */
function whereConcerns(runs: Knex.QueryBuilder, app: string): void {
  if (labelProblem(app)) runs.whereRaw('1 = 0');
  else runs.where('runs.apps', 'like', `%"${app}"%`);
}
