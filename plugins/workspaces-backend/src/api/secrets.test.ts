import { TestDatabases } from '@backstage/backend-test-utils';
import {
  createTestApi,
  gitApp,
  type TestApi,
} from '../__testUtils__/createTestApi';

const databases = TestDatabases.create();

describe('secrets by the API', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await createTestApi(await databases.init('SQLITE_3'));
  }, 60_000);
  afterAll(() => api.close());

  const create = (body: object = {}, user = 'ada') =>
    api
      .as(user)
      .post('/secrets')
      .send({ owner: `user:default/${user}`, value: 'very secret', ...body });

  it('never leave (D6), in no answer to anything', async () => {
    const created = await create({ description: 'Token of the git' });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: expect.any(String),
      owner: 'user:default/ada',
      description: 'Token of the git',
      version: 1,
      createdBy: 'user:default/ada',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    const { id } = created.body;
    const changed = await api
      .as('ada')
      .put(`/secrets/${id}`)
      .send({ value: 'very secret too' });
    expect(changed.body).toMatchObject({ id, version: 2 });
    const list = await api.as('ada').get('/secrets');
    expect(list.body.items.map((item: { id: string }) => item.id)).toContain(
      id,
    );
    for (const answer of [created, changed, list])
      expect(answer.text).not.toContain('very secret');
    expect((await api.core.api.secrets.reveal(id)).value).toBe(
      'very secret too',
    );
    expect(api.audits.map(({ eventId }) => eventId)).toEqual([
      'secret-create',
      'secret-update',
    ]);
    expect(JSON.stringify(api.audits)).not.toContain('very secret');
  });

  it('belong to who stores them where no owner is named', async () => {
    const { status, body } = await api
      .as('ada')
      .post('/secrets')
      .send({ value: 'very secret' });
    expect([status, body.owner]).toEqual([201, 'user:default/ada']);
  });

  it('are listed to their owners alone', async () => {
    await create({ owner: 'group:default/team' });
    await create({}, 'bob');
    const list = await api.as('bob').get('/secrets');
    expect(
      list.body.items.map((item: { owner: string }) => item.owner),
    ).toEqual(['user:default/bob']);
    const refused = await create({ owner: 'group:default/team' }, 'bob');
    expect([refused.status, refused.body.error.message]).toEqual([
      403,
      'owner: you cannot own anything as "group:default/team"; accepted are user:default/bob',
    ]);
  });

  it('are used by apps of their owners alone, and not deleted meanwhile', async () => {
    const { id } = (await create()).body;
    const app = gitApp('web', { environment: [{ name: 'TOKEN', secret: id }] });
    const foreign = await api
      .as('bob')
      .post('/workspaces')
      .send({ name: 'ws-thief', apps: [app] });
    expect([foreign.status, foreign.body.error.message]).toEqual([
      400,
      `apps[0].environment[0].secret: you have no secret "${id}"; accepted is the id that POST /secrets answered`,
    ]);
    const workspace = {
      name: 'ws-user',
      owner: 'group:default/team',
      apps: [app],
    };
    expect(
      (await api.as('ada').post('/workspaces').send(workspace)).status,
    ).toBe(201);
    const refused = await api.as('ada').delete(`/secrets/${id}`);
    expect([refused.status, refused.body.error.message]).toEqual([
      409,
      'The secret is used by app "web" of workspace "ws-user"; take it out there and deploy first',
    ]);
    await api
      .as('ada')
      .put('/workspaces/ws-user/apps/web')
      .send({ source: app.source });
    expect((await api.as('ada').delete(`/secrets/${id}`)).status).toBe(204);
    expect((await api.as('ada').delete(`/secrets/${id}`)).status).toBe(404);
  });

  it('of a workspace cannot be referred to', async () => {
    await api
      .as('ada')
      .post('/workspaces')
      .send({ name: 'ws-database', dependencies: [{ type: 'postgres' }] });
    const [{ id }] = await api.knex('secrets').whereNotNull('workspace_id');
    const app = gitApp('web', {
      environment: [{ name: 'STOLEN', secret: id }],
    });
    const answer = await api
      .as('ada')
      .post('/workspaces')
      .send({ name: 'ws-other', apps: [app] });
    expect([answer.status, answer.body.error.message]).toEqual([
      400,
      expect.stringContaining('you have no secret'),
    ]);
  });

  it.each([
    [{ value: '' }, 'value: must NOT have fewer than 1 characters'],
    [
      { value: 'x'.repeat(65537) },
      'value: must NOT have more than 65536 characters',
    ],
    [
      { id: 'mine' },
      'id: unknown field; accepted are owner, description, value',
    ],
  ])('are refused for %j', async (body, message) => {
    const answer = await create(body);
    expect([answer.status, answer.body.error.message]).toEqual([400, message]);
    expect(answer.text).not.toContain('xxxxxxxxxx');
  });
});
