import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import { createTestApi, type TestApi } from './__testUtils__/createTestApi';
import { CleanUp } from './CleanUp';
import type { SecretStore } from './secrets/SecretStore';
import { readKeepingSettings } from './settings';

const databases = TestDatabases.create();
const DAY = 24 * 60 * 60 * 1000;

describe('the clean-up', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await createTestApi(await databases.init('SQLITE_3'));
  }, 60_000);
  afterAll(() => api.close());

  const key = (name: string, age: number) => ({
    principal: 'p',
    route: 'r',
    key: name,
    request_hash: 'h',
    resource_id: name,
    created_at: Date.now() - age,
  });

  it('removes what has been kept long enough, and nothing else', async () => {
    const { body: old } = await api
      .as('ada')
      .post('/workspaces')
      .send({ name: 'ws-old' });
    const { body: fresh } = await api
      .as('ada')
      .post('/workspaces')
      .send({ name: 'ws-fresh' });
    const { body: live } = await api
      .as('ada')
      .post('/workspaces')
      .send({ name: 'ws-live' });
    await api
      .knex('workspaces')
      .where({ id: old.id })
      .update({ live_name: null, deleted_at: Date.now() - 91 * DAY });
    await api
      .knex('workspaces')
      .where({ id: fresh.id })
      .update({ live_name: null, deleted_at: Date.now() - 89 * DAY });
    await api
      .knex('workspaces')
      .where({ id: live.id })
      .update({ created_at: Date.now() - 400 * DAY });
    await api
      .knex('idempotency_keys')
      .insert([key('old', 91 * DAY), key('fresh', DAY)]);
    const chunk = (stream: string, age: number) => ({
      stream,
      first_line: 1,
      line_count: 1,
      workspace_id: live.id,
      content: Buffer.from(''),
      updated_at: Date.now() - age,
    });
    await api
      .knex('log_chunks')
      .insert([
        chunk('run/old/build/web', 31 * DAY),
        chunk('run/fresh/build/web', 29 * DAY),
      ]);

    await api.core.cleanUp.run();
    expect(new Set(await api.knex('workspaces').pluck('id'))).toEqual(
      new Set([fresh.id, live.id]),
    );
    expect(await api.knex('idempotency_keys').pluck('key')).toEqual(['fresh']);
    expect(await api.knex('log_chunks').pluck('stream')).toEqual([
      'run/fresh/build/web',
    ]);
  });

  it('does the rest where a part fails, and says which did', async () => {
    await api.knex('idempotency_keys').insert(key('older', 91 * DAY));
    const { endpointHistory, idempotency, logs, sources, workspaceStore } =
      api.core.api;
    const broken = new CleanUp({
      settings: readKeepingSettings(mockServices.rootConfig({ data: {} })),
      workspaces: {
        removeTombstones: async () => {
          throw new Error('the database is read-only');
        },
      } as unknown as typeof workspaceStore,
      images: { removeOld: async () => 0 },
      logs,
      endpointHistory,
      sources,
      idempotency,
      secrets: { rotate: async () => 0 } as unknown as SecretStore,
      logger: mockServices.logger.mock(),
    });
    await expect(broken.run()).rejects.toThrow('Not done: tombstones removed');
    expect(await api.knex('idempotency_keys').pluck('key')).toEqual(['fresh']);
  });

  it('keeps tombstones 90 days, logs 30 and ten releases, where the configuration says nothing else', () => {
    const read = (workspaces: object) =>
      readKeepingSettings(mockServices.rootConfig({ data: { workspaces } }));
    expect(read({})).toMatchObject({
      retention: 90 * DAY,
      logRetention: 30 * DAY,
      releases: 10,
    });
    for (const keep of [1, 2.5])
      expect(() => read({ releases: { keep } })).toThrow(
        `workspaces.releases.keep: ${keep} is no whole number from 2 on`,
      );
    expect(
      read({
        retention: '7d',
        logs: { retention: { hours: 12 } },
        releases: { keep: 3 },
        storage: { directory: '/data' },
      }),
    ).toEqual({
      retention: 7 * DAY,
      logRetention: DAY / 2,
      directory: '/data',
      releases: 3,
    });
  });
});
