import { mockCredentials, TestDatabases } from '@backstage/backend-test-utils';
import {
  imageRepository,
  type AppSpec,
} from '@slipway/backstage-plugin-workspaces-common';
import request from 'supertest';
import {
  createTestApi,
  gitApp,
  type TestApi,
} from '../__testUtils__/createTestApi';

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())('workspaces on %s', databaseId => {
  let api: TestApi;
  beforeAll(async () => {
    api = await createTestApi(await databases.init(databaseId));
  }, 60_000);
  afterAll(() => api.close());

  const create = (body: object, user = 'ada') =>
    api.as(user).post('/workspaces').send(body);

  it('creates one with its apps and dependencies, and answers it by name and by id', async () => {
    const created = await create({
      name: 'ws-shop',
      owner: 'group:default/team',
      size: 'medium',
      dependencies: [
        { type: 'postgres', database: 'shop' },
        { type: 'redis', name: 'cache' },
      ],
      apps: [gitApp('web', { port: 3000 })],
    });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: expect.any(String),
      name: 'ws-shop',
      owner: 'group:default/team',
      engine: 'fake',
      size: 'medium',
      createdBy: 'user:default/ada',
      createdAt: expect.any(String),
      apps: [
        {
          name: 'web',
          entityRef: 'component:default/shop.web',
          spec: gitApp('web', { port: 3000 }),
          replicas: [],
        },
      ],
      dependencies: [
        {
          name: 'postgres',
          type: 'postgres',
          version: '15',
          host: 'postgres',
          port: 5432,
          database: 'shop',
          state: 'unknown',
        },
        {
          name: 'cache',
          type: 'redis',
          version: '7',
          host: 'cache',
          port: 6379,
          state: 'unknown',
        },
      ],
    });
    expect((await api.as('ada').get('/workspaces/ws-shop')).body).toEqual(
      created.body,
    );
    expect(
      (await api.as('ada').get(`/workspaces/${created.body.id}`)).body,
    ).toEqual(created.body);
  });

  it('keeps apps and dependencies in the order in which they are named', async () => {
    const dependencies = ['zeta', 'alpha', 'beta'].map(name => ({
      type: 'postgres',
      name,
    }));
    const apps = ['web', 'api', 'jobs'].map(name => gitApp(name));
    const { body } = await create({ name: 'ws-ordered', dependencies, apps });
    const named = (items: { name: string }[]) => items.map(item => item.name);
    expect([named(body.dependencies), named(body.apps)]).toEqual([
      ['zeta', 'alpha', 'beta'],
      ['web', 'api', 'jobs'],
    ]);
  });

  it('gives each dependency a password of its own, encrypted, which no route answers (D6)', async () => {
    const created = await create({
      name: 'ws-password',
      dependencies: [{ type: 'postgres' }],
    });
    const [secret] = await api
      .knex('secrets')
      .where({ workspace_id: created.body.id });
    const { value } = await api.core.api.secrets.reveal(secret.id);
    expect(value).toMatch(/^[0-9a-f]{48}$/);
    expect(JSON.stringify(secret)).not.toContain(value);
    const answers = await Promise.all([
      api.as('ada').get('/workspaces/ws-password'),
      api.as('ada').get('/secrets'),
      api.as('ada').put(`/secrets/${secret.id}`).send({ value: 'mine now' }),
    ]);
    expect(answers[2].status).toBe(404);
    for (const answer of answers) expect(answer.text).not.toContain(value);
    expect(JSON.stringify(answers[1].body)).not.toContain(secret.id);
  });

  it.each([
    [
      'the owner of somebody else',
      { name: 'ws-x', owner: 'group:default/other' },
      403,
      'accepted are user:default/ada, group:default/team',
    ],
    [
      'an owner that is no ref',
      { name: 'ws-x', owner: 'team' },
      400,
      'owner: "team" is not an entity ref',
    ],
    [
      'a name without the prefix',
      { name: 'shop' },
      400,
      'name: "shop" is not a workspace name',
    ],
    [
      'a name that is too long',
      { name: `ws-${'a'.repeat(200)}` },
      400,
      `name: "ws-${'a'.repeat(
        77,
      )}…" is not a workspace name: it must be "ws-" followed by 1 to 40 characters`,
    ],
    [
      'a path as name (D8)',
      { name: 'ws-/../../' },
      400,
      'name: "ws-/../../" is not a workspace name',
    ],
    [
      'a newline in the name (D9)',
      { name: 'ws-a\nkind: Pod' },
      400,
      'name: "ws-a\nkind: Pod" is not a workspace name',
    ],
    [
      'an engine that is not there',
      { name: 'ws-x', engine: 'mars' },
      400,
      'engine: "mars" is not installed; accepted are fake',
    ],
    [
      'an option as app name (D7)',
      { name: 'ws-x', apps: [gitApp('--all')] },
      400,
      'apps[0].name: "--all" must be',
    ],
    [
      'an app without a name (D13)',
      {
        name: 'ws-x',
        apps: [
          { source: { type: 'git', url: 'https://git.example.com/x.git' } },
        ],
      },
      400,
      'apps[0].name: is required',
    ],
    [
      'two apps of one name (D2)',
      { name: 'ws-x', apps: [gitApp('web'), gitApp('web')] },
      400,
      'apps[1].name: "web" is the name of an app or dependency',
    ],
    [
      'an app named as a dependency',
      {
        name: 'ws-x',
        dependencies: [{ type: 'redis' }],
        apps: [gitApp('redis')],
      },
      400,
      'apps[0].name: "redis" is the name of an app or dependency',
    ],
    [
      'a source with a newline (D9)',
      {
        name: 'ws-x',
        apps: [
          {
            name: 'web',
            source: { type: 'git', url: 'https://git.example.com/x\n- evil' },
          },
        ],
      },
      400,
      'apps[0].source.url',
    ],
    [
      'a sub path that leaves the source',
      {
        name: 'ws-x',
        apps: [
          gitApp('web', {
            source: {
              type: 'git',
              url: 'https://git.example.com/x.git',
              path: '../y',
            },
          }),
        ],
      },
      400,
      'apps[0].source.path',
    ],
    [
      'a folder outside of the roots',
      {
        name: 'ws-x',
        apps: [{ name: 'web', source: { type: 'folder', folder: '/etc' } }],
      },
      400,
      'apps[0].source.folder',
    ],
    [
      'an upload of nobody',
      {
        name: 'ws-x',
        apps: [
          {
            name: 'web',
            source: {
              type: 'upload',
              upload: '9f4a7b76-5a70-4d5b-b8f0-3a9c2f6d8e11',
            },
          },
        ],
      },
      400,
      'apps[0].source.upload: you have no upload',
    ],
    [
      'a token of nobody',
      {
        name: 'ws-x',
        apps: [
          gitApp('web', {
            source: {
              type: 'git',
              url: 'https://git.example.com/x.git',
              token: 'nothing',
            },
          }),
        ],
      },
      400,
      'apps[0].source.token: you have no secret "nothing"',
    ],
    [
      'a stable port out of range',
      { name: 'ws-x', apps: [gitApp('web', { stablePort: 80 })] },
      400,
      'apps[0].stablePort: 80 is not one of the ports 18000 to 18999',
    ],
    [
      'build secrets',
      {
        name: 'ws-x',
        apps: [
          gitApp('web', { build: { secrets: [{ name: 'a', secret: 'b' }] } }),
        ],
      },
      400,
      'apps[0].build.secrets: the engine "fake" cannot mount secrets into a build',
    ],
    [
      'PORT in the environment (D26)',
      {
        name: 'ws-x',
        apps: [gitApp('web', { environment: [{ name: 'PORT', value: '1' }] })],
      },
      400,
      'apps[0].environment[0].name: "PORT" is set by Slipway; use the field port',
    ],
  ])('refuses %s', async (_, body, status, message) => {
    const answer = await create(body);
    expect(answer.status).toBe(status);
    expect(answer.body.error.message).toContain(message);
    expect(
      await api.core.api.workspaceStore.findLive(body.name),
    ).toBeUndefined();
  });

  it('refuses a name that others have, and does not say who (409)', async () => {
    await create({ name: 'ws-taken' }, 'bob');
    const answer = await create({ name: 'ws-taken' });
    expect(answer.status).toBe(409);
    expect(answer.body.error).toMatchObject({
      name: 'ConflictError',
      message: 'name: "ws-taken" is taken; choose another name',
    });
    expect(answer.text).not.toContain('bob');
  });

  it('finds a workspace by its whole name only (D10)', async () => {
    await create({ name: 'ws-demo' });
    expect((await api.as('ada').get('/workspaces/ws-de')).status).toBe(404);
    expect(
      (await api.as('ada').get('/workspaces?name=ws-de')).body.items,
    ).toEqual([]);
    expect(
      (await api.as('ada').get('/workspaces?name=ws-demo')).body.items,
    ).toHaveLength(1);
  });

  it('keeps values of the environment as they are (D26)', async () => {
    const environment = [
      { name: 'EMPTY', value: '' },
      { name: 'PADDED', value: '  a  ' },
    ];
    const created = await create({
      name: 'ws-verbatim',
      apps: [gitApp('web', { environment })],
    });
    expect(created.body.apps[0].spec.environment).toEqual(environment);
  });

  it('gives no two apps one entity or one repository of images (D2)', async () => {
    await create({ name: 'ws-two', apps: [gitApp('two'), gitApp('web')] });
    await create({ name: 'ws-three', apps: [gitApp('two'), gitApp('web')] });
    const refs = await api.knex('apps').pluck('entity_ref');
    expect(new Set(refs).size).toBe(refs.length);
    const apps = await api
      .knex('apps')
      .join('workspaces', 'workspaces.id', 'apps.workspace_id')
      .select('workspaces.name as workspace', 'apps.name as app');
    const repositories = apps.map(({ workspace, app }) =>
      imageRepository(workspace, app),
    );
    expect(new Set(repositories).size).toBe(apps.length);
    expect(refs).toEqual(
      expect.arrayContaining([
        'component:default/two',
        'component:default/two.web',
        'component:default/three.two',
      ]),
    );
  });

  it('answers the same workspace for the same key, also when two requests race', async () => {
    const send = (body: object, key: string) =>
      create(body).set('Idempotency-Key', key);
    const answers = await Promise.all(
      [1, 2, 3].map(() => send({ name: 'ws-once' }, 'key-1')),
    );
    expect(answers.map(answer => answer.status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(answer => answer.body.id)).size).toBe(1);
    const other = await send({ name: 'ws-other' }, 'key-1');
    expect(other.status).toBe(409);
    expect(other.body.error.message).toBe(
      'Idempotency-Key: "key-1" was used for another request; use a new key',
    );
    const bob = await api
      .as('bob')
      .post('/workspaces')
      .set('Idempotency-Key', 'key-1')
      .send({ name: 'ws-of-bob' });
    expect(bob.status).toBe(201);
  });

  it('changes size and dependencies, and keeps the password of those that stay', async () => {
    const { body } = await create({
      name: 'ws-change',
      dependencies: [{ type: 'postgres' }, { type: 'redis' }],
    });
    const before = await api
      .knex('dependencies')
      .where({ workspace_id: body.id, name: 'postgres' })
      .first();
    const changed = await api
      .as('ada')
      .patch('/workspaces/ws-change')
      .send({ size: 'large', dependencies: [{ type: 'postgres' }] });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      size: 'large',
      dependencies: [{ name: 'postgres' }],
    });
    const [after, ...others] = await api
      .knex('dependencies')
      .where({ workspace_id: body.id });
    expect(others).toEqual([]);
    expect(after.password_secret).toBe(before.password_secret);
    const refused = await api
      .as('ada')
      .patch('/workspaces/ws-change')
      .send({ dependencies: [{ type: 'postgres', username: 'else' }] });
    expect(refused.status).toBe(400);
    expect(refused.body.error.message).toContain(
      'dependencies[0].username: cannot be changed from "app" to "else"',
    );
  });

  it('adds and replaces apps, and checks them against the others', async () => {
    await create({ name: 'ws-apps', dependencies: [{ type: 'postgres' }] });
    const { name, ...definition } = gitApp('web', { port: 1234 });
    const put = (app: string, body: object, user = 'ada') =>
      api.as(user).put(`/workspaces/ws-apps/apps/${app}`).send(body);
    const added = await put(name, definition);
    expect(added.status).toBe(200);
    expect(added.body).toMatchObject({
      name: 'web',
      entityRef: 'component:default/apps.web',
      spec: { port: 1234 },
    });
    await put(name, { ...definition, port: 4321 });
    expect(
      (await api.as('ada').get('/workspaces/ws-apps/apps/web')).body.spec.port,
    ).toBe(4321);

    const conflicts: [string, object, string][] = [
      [
        'postgres',
        definition,
        '"postgres" is the name of an app or dependency',
      ],
      [
        'api',
        { ...definition, environment: [{ name: 'WEB_URL', value: 'x' }] },
        'environment[0].name: "WEB_URL" is set by Slipway',
      ],
      [
        'api',
        { ...definition, environment: [{ name: 'DB_HOST', value: 'x' }] },
        'environment[0].name: "DB_HOST" is set by Slipway',
      ],
      ['database', definition, 'the variable DATABASE_URL would be set twice'],
    ];
    for (const [app, body, message] of conflicts) {
      const answer = await put(app, body);
      expect([answer.status, answer.body.error.message]).toEqual([
        400,
        expect.stringContaining(message),
      ]);
    }
    expect((await put('web', definition, 'bob')).status).toBe(404);
    expect(
      (await api.as('ada').get('/workspaces/ws-apps/apps/nothing')).status,
    ).toBe(404);
  });

  it('does not let a new app take a variable from under an old one', async () => {
    const environment = [{ name: 'NEW_URL', value: 'https://example.com' }];
    await create({ name: 'ws-old', apps: [gitApp('old', { environment })] });
    const answer = await api
      .as('ada')
      .put('/workspaces/ws-old/apps/new')
      .send({ source: gitApp('new').source });
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain(
      'app "old".environment[0].name: "NEW_URL" is set by Slipway',
    );
  });

  it('lists what the caller owns, filtered and in pages that inserts do not shift', async () => {
    for (const index of [1, 2, 3, 4, 5]) {
      await create({
        name: `ws-list-${index}`,
        owner: 'group:default/team',
        apps: [gitApp('web')],
      });
    }
    await create({ name: 'ws-list-bob' }, 'bob');
    const bob = await api.as('bob').get('/workspaces');
    expect(
      bob.body.items.every(
        (item: { owner: string }) => item.owner === 'user:default/bob',
      ),
    ).toBe(true);

    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const query = new URLSearchParams({
        limit: '2',
        owner: 'group:default/team',
        ...(cursor && { cursor }),
      });
      const page = await api.as('ada').get(`/workspaces?${query}`);
      expect(page.status).toBe(200);
      names.push(...page.body.items.map((item: { name: string }) => item.name));
      cursor = page.body.nextCursor;
      await create({
        name: `ws-late-${names.length}`,
        owner: 'group:default/team',
      });
    } while (cursor);
    expect(names.filter(name => name.startsWith('ws-list-'))).toEqual(
      [5, 4, 3, 2, 1].map(index => `ws-list-${index}`),
    );
    expect(names.filter(name => name.startsWith('ws-late-'))).toEqual([]);

    const oldest = await api
      .as('ada')
      .get('/workspaces?order=oldest&limit=1&owner=group:default/team');
    expect(oldest.body).toMatchObject({ items: [{ name: 'ws-shop' }] });
    const ofEntity = await api
      .as('ada')
      .get('/workspaces?entityRef=component:default/list-3.web');
    expect(
      ofEntity.body.items.map((item: { name: string }) => item.name),
    ).toEqual(['ws-list-3']);
    const named = await api
      .as('ada')
      .get('/workspaces?text=LIST-3&engine=fake&name=ws-list-3');
    expect(named.body.items).toEqual(ofEntity.body.items);
    for (const none of ['text=list%253', 'engine=other'])
      expect(
        (await api.as('ada').get(`/workspaces?${none}`)).body.items,
      ).toEqual([]);
    for (const bad of [
      'x',
      Buffer.from('[1]').toString('base64url'),
      Buffer.from('["a",1]').toString('base64url'),
    ]) {
      const answer = await api.as('ada').get(`/workspaces?cursor=${bad}`);
      expect(answer.status).toBe(400);
      expect(answer.body.error.message).toContain(
        'cursor: must be the nextCursor',
      );
    }
  });

  it('deletes with the name once more only, once, and leaves a tombstone', async () => {
    const { body: workspace } = await create({
      name: 'ws-gone',
      apps: [gitApp('web')],
    });
    const without = await api.as('ada').delete('/workspaces/ws-gone');
    expect([without.status, without.body.error.message]).toEqual([
      400,
      'confirm: is required as a query parameter',
    ]);
    const wrong = await api
      .as('ada')
      .delete('/workspaces/ws-gone?confirm=ws-other');
    expect([wrong.status, wrong.body.error.message]).toEqual([
      400,
      'confirm: must be the name of the workspace, "ws-gone"',
    ]);
    const first = await api
      .as('ada')
      .delete('/workspaces/ws-gone?confirm=ws-gone');
    expect([first.status, first.body.kind, first.body.state]).toEqual([
      202,
      'delete',
      'queued',
    ]);
    const second = await api
      .as('ada')
      .delete('/workspaces/ws-gone?confirm=ws-gone');
    expect([second.status, second.body.id]).toEqual([202, first.body.id]);

    const changed = await api
      .as('ada')
      .patch('/workspaces/ws-gone')
      .send({ size: 'large' });
    expect([changed.status, changed.body.error.message]).toEqual([
      409,
      'The workspace is being deleted by its run 1; it cannot be changed',
    ]);

    const receipt = { at: new Date().toISOString(), items: [] };
    await api.knex.transaction(trx =>
      api.core.api.workspaceStore.bury(workspace.id, receipt, trx),
    );
    expect((await api.as('ada').get('/workspaces/ws-gone')).status).toBe(404);
    const tombstone = await api.as('ada').get(`/workspaces/${workspace.id}`);
    expect(tombstone.body).toMatchObject({
      name: 'ws-gone',
      receipt,
      apps: [],
      deletedAt: expect.any(String),
    });
    const third = await api
      .as('ada')
      .delete(`/workspaces/${workspace.id}?confirm=ws-gone`);
    expect([third.status, third.body.id]).toEqual([202, first.body.id]);
    const deleted = await api.as('ada').get('/workspaces?deleted=true');
    expect(deleted.body.items.map((item: { id: string }) => item.id)).toEqual([
      workspace.id,
    ]);
    const runsOf = async (name: string) =>
      (await api.as('ada').get(`/runs?workspace=${name}`)).body.items.map(
        (run: { id: string }) => run.id,
      );
    expect(await runsOf('ws-gone')).toEqual([first.body.id]);
    expect(await runsOf('ws-never')).toEqual([]);
    expect((await create({ name: 'ws-gone' })).status).toBe(201);
    expect(await runsOf('ws-gone')).toEqual([]);

    const changes = [
      await api
        .as('ada')
        .patch(`/workspaces/${workspace.id}`)
        .send({ size: 'large' }),
      await api
        .as('ada')
        .put(`/workspaces/${workspace.id}/apps/web`)
        .send({ source: gitApp('web').source }),
      await api.as('ada').post(`/workspaces/${workspace.id}/runs`).send({}),
    ];
    for (const answer of changes) {
      expect([answer.status, answer.body.error.message]).toEqual([
        409,
        'The workspace "ws-gone" was deleted; it cannot be changed',
      ]);
    }
  });

  it('leaves every change in the audit log, with how it ended', async () => {
    api.audits.length = 0;
    const created = await create({ name: 'ws-audited' });
    await create({ name: 'ws-audited' });
    await api.as('ada').delete('/workspaces/ws-audited?confirm=ws-other');
    const meta = { workspace: 'ws-audited' };
    const taken = 'name: "ws-audited" is taken; choose another name';
    expect(api.audits).toEqual([
      {
        eventId: 'workspace-create',
        severityLevel: 'medium',
        meta,
        success: { id: created.body.id },
      },
      {
        eventId: 'workspace-create',
        severityLevel: 'medium',
        meta,
        failure: taken,
      },
      {
        eventId: 'workspace-delete',
        severityLevel: 'high',
        meta,
        failure: 'confirm: must be the name of the workspace, "ws-audited"',
      },
    ]);
  });

  it('takes nobody without credentials', async () => {
    const answer = await request(api.app)
      .get('/workspaces')
      .set('Authorization', mockCredentials.none.header());
    expect(answer.status).toBe(401);
  });

  it('stores an app as it was given', async () => {
    const row = await api
      .knex('apps')
      .where({ name: 'web', entity_ref: 'component:default/shop.web' })
      .first();
    expect(JSON.parse(row.spec) as AppSpec).toEqual(
      gitApp('web', { port: 3000 }),
    );
  });
});
