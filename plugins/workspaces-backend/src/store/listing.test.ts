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

  it('finds workspaces by engine, and by parts of their names and of those of their apps', async () => {
    await knex('workspaces').insert([
      workspace('ws-100%', 'user:default/ada', 1),
      { ...workspace('ws-shop!', 'user:default/ada', 2), engine: 'other' },
    ]);
    await knex('apps').insert({
      workspace_id: 'id-ws-shop!',
      name: 'storefront_v2',
      entity_ref: 'component:default/shop.storefront',
      spec: '{}',
      created_at: 1,
    });
    const found = async (query: Parameters<Lists['workspaces']>[0]) =>
      (
        await lists.workspaces({ ...query, order: 'oldest' }, undefined)
      ).rows.map(row => row.name);
    expect(await found({ text: 'SHOP' })).toEqual(['ws-shop!']);
    expect(await found({ text: 'Front' })).toEqual(['ws-shop!']);
    expect(await found({ text: 'ws-' })).toHaveLength(6);
    expect(await found({ text: 'web' })).toHaveLength(4);
    expect(await found({ text: '%' })).toEqual(['ws-100%']);
    expect(await found({ text: '_' })).toEqual(['ws-shop!']);
    expect(await found({ text: '!' })).toEqual(['ws-shop!']);
    for (const text of ['\\', 's%p', 'ws_100', "'", '%%'])
      expect(await found({ text })).toEqual([]);
    expect(await found({ engine: 'other' })).toEqual(['ws-shop!']);
    expect(await found({ engine: 'local', text: 'shop' })).toEqual([]);
    expect(
      (
        await lists.workspaces(
          { text: 'ws-' },
          { owners: ['user:default/bob'] },
        )
      ).rows,
    ).toHaveLength(2);
    await knex('apps').where({ workspace_id: 'id-ws-shop!' }).delete();
    await knex('workspaces').whereIn('created_at', [1, 2]).delete();
  });

  it('finds the deletion of a workspace with the runs of each app that it has or had', async () => {
    const ids = async (query: Parameters<Lists['runs']>[0]) =>
      (await lists.runs(query, undefined)).rows.map(row => row.id);
    const deletion = (name: string): Partial<RunRow> => ({
      id: `delete-${name}`,
      workspace_id: `id-${name}`,
      number: 2,
      kind: 'delete',
      state: 'succeeded',
      apps: '[]',
      input: '{}',
      owner: 'user:default/ada',
      created_by: 'user:default/ada',
      created_at: 1,
      queued_at: 1,
    });
    await knex('runs').insert([deletion('ws-a'), deletion('ws-b')]);
    expect(await ids({ app: 'web-api', workspaceId: 'id-ws-b' })).toEqual([
      'run-ws-b',
      'delete-ws-b',
    ]);
    expect(await ids({ entityRef: 'component:default/ws-b' })).toEqual([
      'delete-ws-b',
    ]);
    await knex('apps').where({ workspace_id: 'id-ws-b' }).delete();
    expect(await ids({ app: 'web', kind: 'delete' })).toEqual(['delete-ws-a']);
    expect(await ids({ app: 'web-api', kind: 'delete' })).toEqual([
      'delete-ws-b',
      'delete-ws-a',
    ]);
    expect(await ids({ app: 'jobs' })).toEqual([]);
    await knex('runs').where({ kind: 'delete' }).delete();
    await knex('apps').insert({
      workspace_id: 'id-ws-b',
      name: 'web',
      entity_ref: 'component:default/ws-b',
      spec: '{}',
      created_at: 1,
    });
  });

  it('finds a run by its number within a workspace', async () => {
    const ids = async (query: Parameters<Lists['runs']>[0]) =>
      (await lists.runs(query, undefined)).rows.map(row => row.id);
    expect(await ids({ workspaceId: 'id-ws-b', number: 1 })).toEqual([
      'run-ws-b',
    ]);
    for (const number of [2, 2 ** 31, 1e15])
      expect(await ids({ workspaceId: 'id-ws-b', number })).toEqual([]);
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
