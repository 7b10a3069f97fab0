import { TestDatabases } from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import {
  createTestApi,
  gitApp,
  type TestApi,
} from '../__testUtils__/createTestApi';

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())('operating on %s', databaseId => {
  let api: TestApi;
  let refused: string | undefined;
  let number = 0;
  beforeAll(async () => {
    api = await createTestApi(await databases.init(databaseId), {
      policy: ({ name }) =>
        name === refused ? { result: AuthorizeResult.DENY } : undefined,
    });
  }, 60_000);
  afterAll(() => api.close());
  beforeEach(() => {
    refused = undefined;
    api.audits.length = 0;
  });

  /** A workspace of ada of which release 1 serves the app "web", and nothing the app "api". */
  const workspace = async () => {
    const name = `ws-operate-${++number}`;
    const apps = [gitApp('web'), gitApp('api')];
    const { body } = await api
      .as('ada')
      .post('/workspaces')
      .send({ name, apps });
    const { workspaceStore } = api.core.api;
    await workspaceStore.createRelease({
      workspace_id: body.id,
      app: 'web',
      run_id: `${name}-run`,
      image: 'sha256:1',
      revision: null,
      spec: JSON.stringify(gitApp('web')),
      dependency_versions: '{}',
      migration: null,
    });
    await api.knex.transaction(trx =>
      workspaceStore.setServing(
        body.id,
        'web',
        { release: 1, replicas: 1 },
        trx,
      ),
    );
    return name;
  };
  const post = (path: string, body: object, key?: string) => {
    const call = api.as('ada').post(`/workspaces/${path}`);
    return (key === undefined ? call : call.set('Idempotency-Key', key)).send(
      body,
    );
  };

  it('restarts an app with a run that says why, and audits it', async () => {
    const name = await workspace();
    const { status, body } = await post(`${name}/apps/web/restart`, {
      reason: 'New password',
    });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      kind: 'restart',
      state: 'queued',
      reason: 'New password',
      apps: ['web'],
      stages: [{ name: 'deploy' }, { name: 'expose' }, { name: 'verify' }],
    });
    const untold = await post(`${name}/apps/web/restart`, {});
    expect(untold.body.reason).toBe('Restart of web');
    expect(api.audits[1]).toEqual({
      eventId: 'app-restart',
      severityLevel: 'medium',
      meta: { workspace: name, app: 'web' },
      success: { run: body.id },
    });
  });

  it('scales an app, keeps the number for later deployments, and audits it', async () => {
    const name = await workspace();
    const { status, body } = await post(`${name}/apps/web/scale`, {
      replicas: 3,
    });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      kind: 'scale',
      reason: 'Scale of web to 3 replicas',
      apps: ['web'],
    });
    const app = await api.as('ada').get(`/workspaces/${name}/apps/web`);
    expect(app.body.spec).toEqual({ ...gitApp('web'), replicas: 3 });
    expect(api.audits[1]).toMatchObject({
      eventId: 'app-scale',
      meta: { workspace: name, app: 'web', replicas: 3 },
      success: { run: body.id },
    });
  });

  it('changes the password of a dependency with a run, and audits it', async () => {
    const name = await workspace();
    await api
      .as('ada')
      .patch(`/workspaces/${name}`)
      .send({ dependencies: [{ type: 'redis' }] });
    api.audits.length = 0;
    const { status, body } = await post(`${name}/dependencies/redis/password`, {
      reason: 'Ada has left',
    });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      kind: 'password',
      reason: 'Ada has left',
      apps: ['web'],
      stages: [
        { name: 'dependencies' },
        { name: 'deploy' },
        { name: 'expose' },
        { name: 'verify' },
      ],
    });
    expect(api.audits).toEqual([
      {
        eventId: 'password-change',
        severityLevel: 'medium',
        meta: { workspace: name, dependency: 'redis' },
        success: { run: body.id },
      },
    ]);
  });

  it.each([
    ['dependencies/none/password', {}, 404, 'has no dependency "none"'],
    ['apps/web/scale', {}, 400, 'replicas: is required'],
    ['apps/web/scale', { replicas: 21 }, 400, 'replicas: must be <= 20'],
    ['apps/web/scale', { replicas: -1 }, 400, 'replicas: must be >= 0'],
    ['apps/web/scale', { replicas: 1.5 }, 400, 'replicas: must be integer'],
    [
      'apps/web/restart',
      { force: true },
      400,
      'force: unknown field; accepted are reason',
    ],
    ['apps/none/restart', {}, 404, 'has no app "none"'],
    ['apps/none/scale', { replicas: 1 }, 404, 'has no app "none"'],
    ['apps/api/restart', {}, 409, 'No release serves "api"; deploy it first'],
    [
      'apps/api/scale',
      { replicas: 1 },
      409,
      'No release serves "api"; deploy it first',
    ],
  ])('answers %s with %j by a %i', async (path, body, status, message) => {
    const name = await workspace();
    const answer = await post(`${name}/${path}`, body);
    expect([answer.status, answer.body.error.message]).toEqual([
      status,
      expect.stringContaining(message),
    ]);
    const runs = await api.as('ada').get(`/runs?workspace=${name}`);
    expect(runs.body.items).toEqual([]);
  });

  it('does once what is asked for twice with the same key', async () => {
    const name = await workspace();
    const path = `${name}/apps/web/scale`;
    const first = await post(path, { replicas: 2 }, 'scale-key');
    expect((await post(path, { replicas: 2 }, 'scale-key')).body.id).toBe(
      first.body.id,
    );
    const other = await post(path, { replicas: 4 }, 'scale-key');
    expect([other.status, other.body.error.name]).toEqual([
      409,
      'ConflictError',
    ]);
    // The key of a scale is none of a restart.
    const restart = await post(`${name}/apps/web/restart`, {}, 'scale-key');
    expect(restart.body.kind).toBe('restart');
    const runs = await api.as('ada').get(`/runs?workspace=${name}`);
    expect(runs.body.items).toHaveLength(2);
  });

  it('takes the permission to operate, for a retry as well, and not that to deploy', async () => {
    const name = await workspace();
    refused = 'workspaces.workspace.deploy';
    const { body } = await post(`${name}/apps/web/scale`, { replicas: 2 });
    expect(body.kind).toBe('scale');
    await api.as('ada').post(`/runs/${body.id}/cancel`);
    const retry = () => api.as('ada').post(`/runs/${body.id}/retry`).send({});
    expect((await retry()).body.state).toBe('queued');

    await api.as('ada').post(`/runs/${body.id}/cancel`);
    refused = 'workspaces.workspace.operate';
    for (const answer of [
      await retry(),
      await post(`${name}/apps/web/scale`, { replicas: 2 }),
      await post(`${name}/apps/web/restart`, {}),
    ]) {
      expect([answer.status, answer.body.error.message]).toEqual([
        403,
        'You do not have the permission workspaces.workspace.operate here',
      ]);
    }
  });
});
