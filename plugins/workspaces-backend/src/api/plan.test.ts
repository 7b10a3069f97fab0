import { TestDatabases } from '@backstage/backend-test-utils';
import type { Check } from '@slipway/backstage-plugin-workspaces-common';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { readdir } from 'node:fs/promises';
import {
  createTestApi,
  gitApp,
  type TestApi,
} from '../__testUtils__/createTestApi';

const databases = TestDatabases.create();

describe('a plan', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await createTestApi(await databases.init('SQLITE_3'));
  }, 60_000);
  afterAll(() => api.close());

  const plan = (body: object) => api.as('ada').post('/plan').send(body);

  it('says what would be brought up, and touches nothing (D14)', async () => {
    const check: Check = {
      id: 'fake.space',
      title: 'Space',
      state: 'warning',
      message: 'Little',
      at: '2026-11-21T00:00:00Z',
    };
    api.engine.checks = [check];
    const tables = [
      'workspaces',
      'apps',
      'dependencies',
      'secrets',
      'endpoints',
      'runs',
      'idempotency_keys',
    ];
    const { status, body } = await plan({
      name: 'ws-plan',
      dependencies: [{ type: 'postgres' }],
      apps: [gitApp('web', { environment: [{ name: 'A', value: 'b' }] })],
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      workspace: 'ws-plan',
      stages: [
        'provision',
        'fetch',
        'build',
        'dependencies',
        'deploy',
        'expose',
        'verify',
      ],
      changes: [
        { action: 'create', kind: 'network', name: 'ws-plan' },
        { action: 'create', kind: 'dependency', name: 'postgres' },
        { action: 'create', kind: 'app', name: 'web' },
      ],
      checks: [check],
    });
    expect(api.engine.plans[0].apps[0].environment).toEqual(
      expect.arrayContaining([
        { name: 'A', value: 'b' },
        { name: 'DB_PASSWORD', secret: { id: 'planned' } },
      ]),
    );
    expect(api.engine.changes).toEqual([]);
    for (const table of tables) expect(await api.knex(table)).toEqual([]);
    expect(await readdir(api.directory)).toEqual(['secrets.key']);
  });

  it('refuses what creating would refuse', async () => {
    const refused = await plan({
      name: 'ws-plan',
      apps: [gitApp('web', { environment: [{ name: 'PORT', value: '1' }] })],
    });
    expect([refused.status, refused.body.error.message]).toEqual([
      400,
      expect.stringContaining('"PORT" is set by Slipway'),
    ]);
    await api.as('bob').post('/workspaces').send({ name: 'ws-taken' });
    expect((await plan({ name: 'ws-taken' })).status).toBe(409);
    expect(
      (await plan({ name: 'ws-plan', owner: 'user:default/bob' })).status,
    ).toBe(403);
  });

  it('is a 503 that names the engine where the engine cannot be asked', async () => {
    const planned = api.engine.plan;
    api.engine.plan = async () => {
      throw new EngineError('connect ENOENT /run/docker.sock', {
        evidence: [],
      });
    };
    const answer = await plan({ name: 'ws-plan' });
    api.engine.plan = planned;
    expect([answer.status, answer.body.error.message]).toEqual([
      503,
      expect.stringContaining(
        'The engine "fake" cannot say what it would change: connect ENOENT /run/docker.sock',
      ),
    ]);
  });
});
