import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import type { PermissionCriteria } from '@backstage/plugin-permission-common';
import type { WorkspaceFilter } from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import { openDatabase } from './database';
import { Lists } from './Lists';
import type { RunRow, WorkspaceRow } from './rows';

const databases = TestDatabases.create();

function workspace(
  name: string,
  owner: string,
  created_at: number,
): WorkspaceRow {
  return {
    id: `id-${name}`,
    name,
    live_name: name,
    owner,
    engine: 'local',
    size: 'small',
    last_run_number: 0,
    created_by: owner,
    created_at,
    deleted_at: null,
    receipt: null,
  };
}

describe.each(databases.eachSupportedId())('lists on %s', databaseId => {
  let knex: Knex;
  let lists: Lists;

  beforeAll(async () => {
    knex = await openDatabase(
      mockServices.database({ knex: await databases.init(databaseId) }),
    );
    lists = new Lists(knex);
    // All of one moment, with a fraction as the database's clock gives it: then the id decides.
    const at = 1_795_231_545_958.123;
    const rows = ['ws-a', 'ws-b', 'ws-c', 'ws-d'].map((name, index) =>
      workspace(
        name,
        index % 2 === 0 ? 'user:default/ada' : 'user:default/bob',
        at,
      ),
    );
    await knex('workspaces').insert(rows);
    await knex('apps').insert(
      rows.map(row => ({
        workspace_id: row.id,
        name: 'web',
        entity_ref: `component:default/${row.name}`,
        spec: '{}',
        created_at: at,
      })),
    );
    await knex('runs').insert(
      rows.flatMap((row, index): Partial<RunRow>[] => [
        {
          id: `run-${row.name}`,
          workspace_id: row.id,
          number: 1,
          kind: 'deploy',
          state: index === 0 ? 'failed' : 'queued',
          apps: JSON.stringify(index === 0 ? ['web', 'web-api'] : ['web-api']),
          input: '{}',
          owner: row.owner,
          created_by: row.owner,
          created_at: at,
          queued_at: at,
        },
      ]),
    );
  }, 60_000);

  const names = async (
    criteria: PermissionCriteria<WorkspaceFilter> | undefined,
  ) =>
    (await lists.workspaces({ order: 'oldest' }, criteria)).rows.map(
      row => row.name,
    );

  const ada = { owners: ['user:default/ada'] };
  const entities = (...refs: string[]) => ({
    entityRefs: refs.map(ref => `component:default/${ref}`),
  });

  it.each<[string, PermissionCriteria<WorkspaceFilter> | undefined, string[]]>([
    ['nothing', undefined, ['ws-a', 'ws-b', 'ws-c', 'ws-d']],
    ['an owner', ada, ['ws-a', 'ws-c']],
    ['no owner', { owners: [] }, []],
    ['an entity', entities('ws-b'), ['ws-b']],
    [
      'anyOf',
      { anyOf: [ada, entities('ws-b', 'ws-c')] },
      ['ws-a', 'ws-b', 'ws-c'],
    ],
    ['allOf', { allOf: [ada, entities('ws-b', 'ws-c')] }, ['ws-c']],
    ['not', { not: ada }, ['ws-b', 'ws-d']],
    ['not of anyOf', { not: { anyOf: [ada, entities('ws-b')] } }, ['ws-d']],
    ['allOf with not', { allOf: [ada, { not: entities('ws-a') }] }, ['ws-c']],
    [
      'anyOf in allOf',
      {
        allOf: [{ anyOf: [ada, entities('ws-d')] }, { not: entities('ws-a') }],
      },
      ['ws-c', 'ws-d'],
    ],
  ])(
    'leaves what a permission on %s lets through',
    async (_, criteria, expected) => {
      expect(await names(criteria)).toEqual(expected);
      const runs = await lists.runs({ order: 'oldest' }, criteria);
      expect(runs.rows.map(row => row.id)).toEqual(
        expected.map(name => `run-${name}`),
      );
    },
  );

  it('goes through entries of one moment without leaving one out', async () => {
    for (const order of ['oldest', 'newest'] as const) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await lists.workspaces(
          { order, cursor, limit: 1 },
          undefined,
        );
        seen.push(...page.rows.map(row => row.name));
        cursor = page.nextCursor;
      } while (cursor);
      const oldest = ['ws-a', 'ws-b', 'ws-c', 'ws-d'];
      expect(seen).toEqual(order === 'oldest' ? oldest : oldest.reverse());
    }
  });

  it('finds runs by whole names of apps, by state and by entity', async () => {
    const ids = async (query: Parameters<Lists['runs']>[0]) =>
      (await lists.runs(query, undefined)).rows.map(row => row.id);
    expect(await ids({ app: 'web' })).toEqual(['run-ws-a']);
    expect(await ids({ app: 'web-api' })).toHaveLength(4);
    for (const app of ['%', 'web_api', 'web-ap_', '"web","web-api"']) {
      expect(await ids({ app })).toEqual([]);
    }
    expect(await ids({ state: 'failed' })).toEqual(['run-ws-a']);
    // The entity is the app "web", which the runs of the other workspaces do not concern.
    expect(await ids({ entityRef: 'component:default/ws-a' })).toEqual([
      'run-ws-a',
    ]);
    expect(await ids({ entityRef: 'component:default/ws-b' })).toEqual([]);
    expect(await ids({ workspaceId: 'id-ws-b' })).toEqual(['run-ws-b']);
  });
});
