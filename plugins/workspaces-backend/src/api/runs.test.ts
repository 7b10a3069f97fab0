import { TestDatabases } from '@backstage/backend-test-utils';
import {
  AuthorizeResult,
  type Permission,
  type PolicyDecision,
} from '@backstage/plugin-permission-common';
import { runLogStream } from '../logs/LogStore';
import type { ReleaseRow } from '../store/rows';
import {
  conditional,
  createTestApi,
  gitApp,
  owners,
  type TestApi,
} from '../__testUtils__/createTestApi';

const databases = TestDatabases.create();

/** Bob reads what ada owns, and does nothing with it. */
function readOnlyForBob(
  permission: Permission,
  user: string,
): PolicyDecision | undefined {
  if (user !== 'bob' || !permission.name.startsWith('workspaces.workspace.'))
    return undefined;
  if (permission.name === 'workspaces.workspace.create') return undefined;
  if (permission.name !== 'workspaces.workspace.read')
    return { result: AuthorizeResult.DENY };
  return conditional({
    rule: 'IS_OWNER',
    resourceType: 'slipway-workspace',
    params: { owners: [...owners.ada, ...owners.bob] },
  });
}

describe.each(databases.eachSupportedId())('runs on %s', databaseId => {
  let api: TestApi;
  let number = 0;
  beforeAll(async () => {
    api = await createTestApi(await databases.init(databaseId), {
      policy: readOnlyForBob,
    });
  }, 60_000);
  afterAll(() => api.close());

  /** A workspace of ada with two apps. */
  const workspace = async () => {
    const name = `ws-runs-${++number}`;
    const apps = [gitApp('web'), gitApp('api')];
    const { body } = await api
      .as('ada')
      .post('/workspaces')
      .send({ name, apps });
    return { name, id: body.id as string };
  };
  const start = (name: string, body: object = {}, key?: string) => {
    const call = api.as('ada').post(`/workspaces/${name}/runs`);
    return (key === undefined ? call : call.set('Idempotency-Key', key)).send(
      body,
    );
  };

  it('are stored with their stages before anything slow happens', async () => {
    const { name, id } = await workspace();
    const { status, body } = await start(name, { reason: 'First try' });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      number: 1,
      workspace: id,
      workspaceName: name,
      owner: 'user:default/ada',
      kind: 'deploy',
      state: 'queued',
      reason: 'First try',
      apps: ['web', 'api'],
      createdBy: 'user:default/ada',
      queue: { position: 1, waitsFor: 'worker' },
    });
    expect(
      body.stages.filter((stage: { name: string }) => stage.name === 'build'),
    ).toHaveLength(2);
    expect((await api.as('ada').get(`/runs/${body.id}`)).body).toEqual(body);
    const events = await api.as('ada').get(`/runs/${body.id}/events`);
    expect(events.body).toEqual({
      items: [
        expect.objectContaining({
          sequence: 1,
          run: body.id,
          type: 'run',
          state: 'queued',
        }),
      ],
    });
    expect(
      (await api.as('ada').get(`/runs/${body.id}/events?after=1`)).body,
    ).toEqual({ items: [] });
    expect(api.engine.changes).toEqual([]);
  });

  it('keep a source that they are given as that of the app', async () => {
    const { name } = await workspace();
    const source = {
      type: 'git',
      url: 'https://git.example.com/other.git',
      revision: 'v2',
    };
    const { status } = await start(name, { apps: [{ name: 'web', source }] });
    expect(status).toBe(202);
    expect(
      (await api.as('ada').get(`/workspaces/${name}/apps/web`)).body.spec
        .source,
    ).toEqual(source);
  });

  it.each([
    [
      { apps: [{ name: 'nothing' }] },
      'the workspace has no app "nothing"; it has web, api',
    ],
    [
      { apps: [{ name: 'web' }, { name: 'web' }] },
      'apps: "web" is named twice',
    ],
    [{ apps: [] }, 'apps: must NOT have fewer than 1 items'],
    [
      { apps: [{ name: 'web', source: { type: 'git' } }] },
      'apps[0].source.url: is required for the type "git"',
    ],
    [
      {
        apps: [
          { name: 'web', source: { type: 'git', url: 'https://127.0.0.1/x' } },
        ],
      },
      'apps[0].source.url',
    ],
    [
      {
        apps: [
          { name: 'web', source: { type: 'git', url: 'file:///etc/passwd' } },
        ],
      },
      'apps[0].source.url',
    ],
    [{ from: 'build' }, 'from: unknown field; accepted are apps, reason'],
  ])('are refused for %j', async (body, message) => {
    const { name } = await workspace();
    const answer = await start(name, body);
    expect([answer.status, answer.body.error.message]).toEqual([
      400,
      expect.stringContaining(message),
    ]);
    expect(
      (await api.as('ada').get(`/runs?workspace=${name}`)).body.items,
    ).toEqual([]);
  });

  it('are refused for a workspace without apps (D13)', async () => {
    await api.as('ada').post('/workspaces').send({ name: 'ws-empty' });
    const answer = await start('ws-empty');
    expect([answer.status, answer.body.error.message]).toEqual([
      400,
      expect.stringContaining('apps: the workspace has no app; add one'),
    ]);
  });

  it('are the same for the same key, also when two requests race, and another for another workspace', async () => {
    const { name } = await workspace();
    const answers = await Promise.all(
      [1, 2, 3].map(() => start(name, { reason: 'a' }, 'run-key')),
    );
    expect(
      new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size,
    ).toBe(1);
    // Fields in another order are the same request.
    const other = await start(name, { reason: 'b' }, 'run-key');
    expect([other.status, other.body.error.name]).toEqual([
      409,
      'ConflictError',
    ]);
    const { name: second } = await workspace();
    expect((await start(second, { reason: 'b' }, 'run-key')).status).toBe(202);
  });

  it('are listed with filters, and pages show neither evidence nor sizes of logs', async () => {
    const { name, id } = await workspace();
    const { body: run } = await start(name);
    await start(name, { apps: [{ name: 'api' }] });
    const ids = async (query: string) =>
      (await api.as('ada').get(`/runs?${query}`)).body.items.map(
        (item: { number: number }) => item.number,
      );
    expect(await ids(`workspace=${name}`)).toEqual([2, 1]);
    expect(await ids(`workspace=${id}&order=oldest`)).toEqual([1, 2]);
    expect(await ids(`workspace=${name}&app=web`)).toEqual([1]);
    expect(await ids(`workspace=${name}&number=2`)).toEqual([2]);
    expect(await ids(`workspace=${name}&number=3`)).toEqual([]);
    expect(await ids(`workspace=${name}&kind=rollback`)).toEqual([]);
    expect(await ids(`workspace=${name}&state=succeeded`)).toEqual([]);
    expect(
      await ids(`entityRef=component:default/${name.slice(3)}.web`),
    ).toEqual([1]);
    expect(await ids('workspace=ws-nothing')).toEqual([]);
    const page = await api.as('ada').get(`/runs?workspace=${name}&limit=1`);
    expect(page.body.items[0].queue).toEqual({
      position: expect.any(Number),
      waitsFor: 'workspace',
      behindRun: run.id,
    });
    const next = await api
      .as('ada')
      .get(`/runs?workspace=${name}&limit=1&cursor=${page.body.nextCursor}`);
    expect(
      next.body.items.map((item: { number: number }) => item.number),
    ).toEqual([1]);
    expect(next.body.nextCursor).toBeUndefined();
  });

  it('are cancelled, and a run that has ended is retried', async () => {
    const { name } = await workspace();
    const { body: run } = await start(name);
    const early = await api.as('ada').post(`/runs/${run.id}/retry`).send({});
    expect(early.status).toBe(409);
    const cancelled = await api.as('ada').post(`/runs/${run.id}/cancel`);
    expect([cancelled.status, cancelled.body.state]).toEqual([
      202,
      'cancelled',
    ]);
    const again = await api.as('ada').post(`/runs/${run.id}/cancel`);
    expect(again.status).toBe(409);
    const unknown = await api
      .as('ada')
      .post(`/runs/${run.id}/retry`)
      .send({ from: 'nowhere' });
    expect([unknown.status, unknown.body.error.message]).toEqual([
      400,
      expect.stringContaining(
        'from: must be equal to one of the allowed values: provision, fetch',
      ),
    ]);
    const retried = await api
      .as('ada')
      .post(`/runs/${run.id}/retry`)
      .send({ from: 'fetch' });
    expect([retried.status, retried.body.state, retried.body.id]).toEqual([
      202,
      'queued',
      run.id,
    ]);
  });

  it('are a 403 with the name of the permission for whom may only read them', async () => {
    const { name } = await workspace();
    const { body: run } = await start(name);
    const bob = api.as('bob');
    expect((await bob.get(`/runs/${run.id}`)).body.stages).toHaveLength(14);
    const refused = [
      [
        await bob.post(`/workspaces/${name}/runs`).send({}),
        'workspaces.workspace.deploy',
      ],
      [
        await bob.post(`/runs/${run.id}/retry`).send({}),
        'workspaces.workspace.deploy',
      ],
      [
        await bob.post(`/runs/${run.id}/cancel`),
        'workspaces.workspace.operate',
      ],
      [
        await bob.get(`/runs/${run.id}/logs?stage=build&app=web`),
        'workspaces.workspace.logs.read',
      ],
      [
        await bob.delete(`/workspaces/${name}?confirm=${name}`),
        'workspaces.workspace.delete',
      ],
    ] as const;
    for (const [answer, permission] of refused) {
      expect([answer.status, answer.body.error.message]).toEqual([
        403,
        `You do not have the permission ${permission} here`,
      ]);
    }
  });

  it('answer their logs by line, and by what stands in them', async () => {
    const { name, id } = await workspace();
    const { body: run } = await start(name);
    const lines = Array.from({ length: 1200 }, (_, index) => ({
      at: new Date(),
      text: `Line ${index + 1}`,
    }));
    await api.core.api.logs.append(
      runLogStream(run.id, 'build', 'web'),
      id,
      lines,
    );
    const logs = (query: string) =>
      api.as('ada').get(`/runs/${run.id}/logs?${query}`);
    const first = await logs('stage=build&app=web');
    expect(first.body).toMatchObject({
      firstLine: 1,
      lastLine: 1200,
      complete: false,
    });
    expect(first.body.items).toHaveLength(500);
    expect(
      (await logs('stage=build&app=web&fromLine=-2')).body.items.map(
        (item: { line: number }) => item.line,
      ),
    ).toEqual([1199, 1200]);
    expect(
      (await logs('stage=build&app=web&fromLine=7&limit=1')).body.items[0].text,
    ).toBe('Line 7');
    const found = await api
      .as('ada')
      .get(`/runs/${run.id}/logs/search?stage=build&app=web&text=LINE%20119`);
    expect(found.body.items.map((item: { line: number }) => item.line)).toEqual(
      [119, 1190, 1191, 1192, 1193, 1194, 1195, 1196, 1197, 1198, 1199],
    );
    expect((await logs('stage=build&app=api')).body).toEqual({
      items: [],
      firstLine: 1,
      lastLine: 0,
      complete: false,
    });
    const shown = await api.as('ada').get(`/runs/${run.id}`);
    const build = shown.body.stages.find(
      (stage: { name: string; app: string }) =>
        stage.name === 'build' && stage.app === 'web',
    );
    expect(build.logLines).toBe(1200);
    for (const [query, message] of [
      [
        'stage=build',
        'The stage build has no log of the workspace; it is one of each app: web, api',
      ],
      [
        'stage=build&app=x',
        'The stage build has no log of app "x"; it is one of each app: web, api',
      ],
      [
        'stage=provision&app=web',
        'The stage provision has no log of app "web"; it concerns the workspace',
      ],
    ]) {
      const answer = await logs(query);
      expect([answer.status, answer.body.error.message]).toEqual([
        404,
        message,
      ]);
    }
    expect((await logs('stage=build&app=web&limit=5001')).status).toBe(400);
  });

  it('roll back to a release that served, after its migrations were confirmed', async () => {
    const { name, id } = await workspace();
    const { body: run } = await start(name);
    const release = (change: Partial<ReleaseRow>): ReleaseRow => ({
      workspace_id: id,
      app: 'web',
      number: 1,
      run_id: run.id,
      image: 'sha256:1',
      revision: 'abc',
      spec: JSON.stringify(gitApp('web')),
      dependency_versions: '{}',
      migration: null,
      state: 'superseded',
      created_at: Date.now(),
      served_at: Date.now(),
      retired_at: null,
      ...change,
    });
    await api.knex('releases').insert([
      release({}),
      release({
        number: 2,
        image: 'sha256:2',
        migration: '["npm","run","migrate"]',
      }),
      release({ number: 3, image: 'sha256:3', state: 'serving' }),
      release({ number: 4, image: 'sha256:4', state: 'failed' }),
    ]);
    const releases = (query = '') =>
      api.as('ada').get(`/workspaces/${name}/apps/web/releases${query}`);
    const page = await releases('?limit=3');
    expect(
      page.body.items.map((item: { number: number }) => item.number),
    ).toEqual([4, 3, 2]);
    expect(page.body.items[2]).toMatchObject({
      migration: 'npm run migrate',
      revision: 'abc',
      image: 'sha256:2',
    });
    const last = await releases(`?cursor=${page.body.nextCursor}`);
    expect(
      last.body.items.map((item: { number: number }) => item.number),
    ).toEqual([1]);
    expect(last.body.nextCursor).toBeUndefined();
    await api
      .knex('releases')
      .insert(release({ number: 5, image: 'sha256:5', state: 'retired' }));
    const { body: newest } = await releases('?limit=1');
    expect(newest.items).toMatchObject([{ number: 5, state: 'retired' }]);

    const rollback = (body: object, key = 'r') =>
      api
        .as('ada')
        .post(`/workspaces/${name}/apps/web/rollback`)
        .set('Idempotency-Key', key)
        .send(body);
    const refusals = [
      [await rollback({ release: 9 }), 404, 'release: there is no release 9'],
      [await rollback({ release: 3 }), 409, 'serves already'],
      [await rollback({ release: 4 }), 409, 'never served (failed)'],
      [await rollback({ release: 5 }), 409, 'its image was removed'],
      [await rollback({ release: 1 }), 409, 'release 2: npm run migrate'],
    ] as const;
    for (const [answer, status, message] of refusals) {
      expect([answer.status, answer.body.error.message]).toEqual([
        status,
        expect.stringContaining(message),
      ]);
    }
    const started = await rollback({ release: 1, confirmMigrations: true });
    expect([started.status, started.body.kind, started.body.apps]).toEqual([
      202,
      'rollback',
      ['web'],
    ]);
    // Once it has been carried out the same request is not possible any more, but it is the same request.
    await api
      .knex('releases')
      .where({ workspace_id: id, number: 1 })
      .update({ state: 'serving' });
    const again = await rollback({ release: 1, confirmMigrations: true });
    expect([again.status, again.body.id]).toEqual([202, started.body.id]);
  });
});
