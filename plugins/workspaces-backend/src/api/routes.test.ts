import { mockCredentials, TestDatabases } from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import request from 'supertest';
import { spec } from '../schema/openapi';
import {
  createTestApi,
  gitApp,
  type TestApi,
} from '../__testUtils__/createTestApi';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** A request that would succeed for the owner: what the document demands beside the path. */
const requests: Record<
  string,
  { query?: string; body?: object; type?: string }
> = {
  createSecret: { body: { owner: 'user:default/ada', value: 'v' } },
  createWorkspace: { body: { name: 'ws-new' } },
  deleteWorkspace: { query: 'confirm=ws-ada' },
  getRunLogs: { query: 'stage=build&app=web' },
  inspectSource: { body: { source: gitApp('web').source } },
  planWorkspace: { body: { name: 'ws-planned' } },
  putApp: { body: { source: gitApp('web').source } },
  fixRun: { body: { fix: 'trust-registry' } },
  fixEngine: { body: { engine: 'fake', fix: 'trust-registry' } },
  retryRun: { body: {} },
  restartApp: { body: {} },
  changePassword: { body: {} },
  rollbackApp: { body: { release: 1 } },
  scaleApp: { body: { replicas: 2 } },
  searchRunLogs: { query: 'stage=build&app=web&text=x' },
  startRun: { body: {} },
  updateEndpoint: { body: { stablePort: 18001 } },
  updateSecret: { body: { value: 'v' } },
  updateWorkspace: { body: {} },
  uploadSource: { type: 'application/octet-stream' },
};

const operations = Object.entries(spec.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([method]) =>
      ['get', 'post', 'put', 'patch', 'delete'].includes(method),
    )
    .map(([method, { operationId }]) => ({
      path,
      method: method as Method,
      id: operationId as string,
    })),
);

const tables = [
  'workspaces',
  'apps',
  'dependencies',
  'releases',
  'runs',
  'stages',
  'run_events',
  'endpoints',
  'sources',
  'bundles',
  'secrets',
  'log_chunks',
  'leases',
  'idempotency_keys',
];

const databases = TestDatabases.create();

describe('every route', () => {
  let api: TestApi;
  const ids: Record<string, string> = { workspace: 'ws-ada', app: 'web' };

  beforeAll(async () => {
    api = await createTestApi(await databases.init('SQLITE_3'));
    const ada = api.as('ada');
    const workspace = await ada
      .post('/workspaces')
      .send({ name: 'ws-ada', apps: [gitApp('web')] });
    ids.workspaceId = workspace.body.id;
    ids.runId = (await ada.post('/workspaces/ws-ada/runs').send({})).body.id;
    const secret = await ada
      .post('/secrets')
      .send({ owner: 'user:default/ada', value: 'secret value' });
    ids.secretId = secret.body.id;
    const endpoint = await api.core.api.endpoints.reserve({
      workspaceId: workspace.body.id,
      app: 'web',
      port: 8080,
    });
    ids.endpointId = endpoint.id;
  }, 60_000);
  afterAll(() => api.close());

  const send = (
    { path, method, id }: (typeof operations)[number],
    authorization: string,
  ) => {
    const { query, body, type } = requests[id] ?? {};
    const filled = path.replace(/\{(\w+)\}/g, (_, name) => ids[name]);
    const call = request(type ? api.direct : api.app)
      [method](query ? `${filled}?${query}` : filled)
      .set('Authorization', authorization);
    if (type) return call.set('Content-Type', type).send('bytes');
    return body ? call.send(body) : call;
  };
  const as = (user: string) =>
    mockCredentials.user.header(`user:default/${user}`);

  it.each(operations)(
    '$method $path (D6) is a 401 for nobody',
    async operation => {
      const answer = await send(operation, mockCredentials.none.header());
      expect([answer.status, answer.body.error.name]).toEqual([
        401,
        'AuthenticationError',
      ]);
    },
  );

  it.each(operations)(
    '$method $path is a 403 for whom the policy refuses everything',
    async operation => {
      const answer = await send(operation, as('mallory'));
      expect(answer.status).toBe(403);
      expect(answer.body.error.message).toMatch(
        /You do not have the permission workspaces\./,
      );
    },
  );

  it.each(operations.filter(({ path }) => path.includes('{')))(
    '$method $path is a 404 for whom it does not belong to',
    async operation => {
      const answer = await send(operation, as('bob'));
      expect([answer.status, answer.body.error.name]).toEqual([
        404,
        'NotFoundError',
      ]);
    },
  );

  it.each(
    operations.filter(
      ({ path, method }) => path.includes('{') && method !== 'delete',
    ),
  )(
    '$method $path answers the same for what does not exist and for what belongs to others',
    async operation => {
      const foreign = await send(operation, as('bob'));
      const before = { ...ids };
      Object.assign(ids, {
        workspace: 'ws-none',
        runId: 'none',
        endpointId: 'none',
        secretId: 'none',
      });
      const absent = await send(operation, as('bob'));
      Object.assign(ids, before);
      const neutral = (text: string) => text.replace(/"[^"]*"/g, '"…"');
      expect(neutral(foreign.body.error.message)).toBe(
        neutral(absent.body.error.message),
      );
    },
  );

  it.each(
    operations.filter(
      ({ method, id }) => method !== 'get' && id !== 'planWorkspace',
    ),
  )(
    '$method $path leaves in the audit log that it was refused',
    async operation => {
      api.audits.length = 0;
      const answer = await send(operation, as('mallory'));
      expect(api.audits).toEqual([
        expect.objectContaining({
          eventId: expect.stringMatching(/^[a-z]+-[a-z]+$/),
          failure: answer.body.error.message,
        }),
      ]);
    },
  );

  it.each(
    operations.filter(
      ({ method, id }) => method !== 'get' && id !== 'uploadSource',
    ),
  )(
    '$method $path is nothing that another plugin does in its own name',
    async operation => {
      const answer = await send(operation, mockCredentials.service.header());
      expect([answer.status, answer.body.error.name]).toEqual([
        403,
        'NotAllowedError',
      ]);
    },
  );

  it.each(operations.filter(({ method }) => method === 'get'))(
    '$method $path writes nothing (D32)',
    async operation => {
      const before = await dump(api.knex);
      const answer = await send(operation, as('ada'));
      expect([answer.status, answer.body.error]).toEqual([200, undefined]);
      const after = await dump(api.knex);
      expect(after).toEqual(before);
      expect(api.engine.changes).toEqual([]);
    },
  );

  it('that is not there is a 404 that says where they are', async () => {
    const document = await request(api.direct).get('/openapi.json');
    expect(Object.keys(document.body.paths)).toEqual(Object.keys(spec.paths));
    for (const path of ['/nowhere', '/workspaces/a/b/c']) {
      const answer = await request(api.direct)
        .get(path)
        .set('Authorization', as('ada'));
      expect([answer.status, answer.body.error.message]).toEqual([
        404,
        `There is no GET ${path}; GET /openapi.json has all routes`,
      ]);
    }
  });
});

/** All rows, but those of migrations. */
async function dump(knex: Knex): Promise<Record<string, unknown[]>> {
  const rows = await Promise.all(tables.map(table => knex(table).select()));
  return Object.fromEntries(tables.map((table, index) => [table, rows[index]]));
}
