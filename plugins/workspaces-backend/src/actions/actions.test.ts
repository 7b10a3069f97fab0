import {
  mockCredentials,
  mockServices,
  TestDatabases,
} from '@backstage/backend-test-utils';
import { actionsRegistryServiceMock } from '@backstage/backend-test-utils/alpha';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import type { JsonObject } from '@backstage/types';
import {
  createTestApi,
  gitApp,
  type TestApi,
} from '../__testUtils__/createTestApi';
import { createAgentActions } from '.';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });
/** Carol reads all workspaces and changes none. */
const readers = ['workspaces.workspace.read'];

/** What the tests look at in answers; each action has some of it. */
interface Answer {
  id: string;
  number: number;
  state: string;
  items: { name: string }[];
  stages: { name: string }[];
  changes: object[];
}

describe('actions of agents', () => {
  let api: TestApi;
  const registry = actionsRegistryServiceMock({
    logger: mockServices.logger.mock(),
  });

  beforeAll(async () => {
    api = await createTestApi(await databases.init('SQLITE_3'), {
      policy: ({ name }, user) =>
        user === 'carol'
          ? {
              result: readers.includes(name)
                ? AuthorizeResult.ALLOW
                : AuthorizeResult.DENY,
            }
          : undefined,
    });
    createAgentActions({ actionsRegistry: registry, services: api.core.api });
    const body = { apps: [gitApp('web'), gitApp('api')] };
    await api
      .as('ada')
      .post('/workspaces')
      .send({ name: 'ws-shop', ...body });
    await api.as('ada').post('/workspaces').send({ name: 'ws-idle' });
  });
  afterAll(() => api.close());

  const invoke = async (
    action: string,
    input: JsonObject,
    credentials = mockCredentials.user('user:default/ada'),
  ) => {
    const { output } = await registry.invoke({
      id: `test:${action}`,
      input,
      credentials,
    });
    return output as unknown as Answer;
  };
  const as = (user: string) => mockCredentials.user(`user:default/${user}`);
  const runs = async (): Promise<string[]> => api.knex('runs').pluck('id');

  it('list the workspaces that the user may read, with what their newest run came to', async () => {
    const run = await invoke('deploy-app', {
      workspace: 'ws-shop',
      app: 'web',
    });
    const all = await invoke('list-workspaces', {});
    expect(all.items.map(item => item.name)).toEqual(['ws-idle', 'ws-shop']);
    const found = await invoke('list-workspaces', { text: 'SHOP', limit: 1 });
    expect(found.items).toMatchObject([
      {
        name: 'ws-shop',
        apps: [{ name: 'web', replicas: [] }, { name: 'api' }],
        lastRun: { id: run.id, number: run.number, state: 'queued' },
      },
    ]);
    expect(await invoke('list-workspaces', {}, as('bob'))).toEqual({
      items: [],
    });
    await expect(invoke('list-workspaces', {}, as('mallory'))).rejects.toThrow(
      'You do not have the permission workspaces.workspace.read here',
    );
  });

  it('explain a run, or the newest of a workspace, with its diagnosis and evidence', async () => {
    const started = await invoke('deploy-app', {
      workspace: 'ws-shop',
      app: 'web',
    });
    const diagnosis = {
      code: 'BUILD_FAILED',
      cause: 'A step failed',
      fix: 'Mend it',
      fixedBy: 'user',
      evidence: [
        { kind: 'log', source: 'step 3', at: '', text: 'no such file' },
      ],
    };
    await api
      .knex('stages')
      .where({ run_id: started.id, stage: 'build', app: 'web' })
      .update({
        state: 'failed',
        ended_at: 1,
        diagnosis: JSON.stringify(diagnosis),
      });
    const explained = await invoke('explain-run', { run: started.id });
    expect(explained).toMatchObject({ id: started.id, diagnosis });
    expect(
      explained.stages.find(stage => stage.name === 'build'),
    ).toMatchObject({ app: 'web', attempt: 1, state: 'failed', diagnosis });
    expect(await invoke('explain-run', { workspace: 'ws-shop' })).toEqual(
      explained,
    );

    await expect(
      invoke('explain-run', { run: started.id }, as('bob')),
    ).rejects.toMatchObject({
      name: 'NotFoundError',
      message: `There is no run "${started.id}"`,
    });
    await expect(
      invoke('explain-run', { workspace: 'ws-shop' }, as('bob')),
    ).rejects.toThrow('There is no workspace "ws-shop"');
    await expect(
      invoke('explain-run', { workspace: 'ws-idle' }),
    ).rejects.toThrow(
      'The workspace "ws-idle" has had no run; deploy-app starts one',
    );
    for (const input of [{}, { run: 'a', workspace: 'b' }])
      await expect(invoke('explain-run', input)).rejects.toThrow(
        'run, workspace: name the run or the workspace, and not both',
      );
  });

  it('deploy an app, with a source that becomes its own, once for one key, and leave it in the audit log', async () => {
    const source = {
      type: 'git',
      url: 'https://git.example.com/other.git',
      revision: 'v1.2',
    };
    const input = {
      workspace: 'ws-shop',
      app: 'api',
      source,
      reason: 'Release v1.2',
      idempotencyKey: 'k1',
    };
    api.audits.length = 0;
    const run = await invoke('deploy-app', input);
    expect(run).toMatchObject({
      kind: 'deploy',
      state: 'queued',
      apps: ['api'],
      reason: 'Release v1.2',
      createdBy: 'user:default/ada',
    });
    expect(await invoke('deploy-app', input)).toEqual(run);
    await expect(
      invoke('deploy-app', { ...input, app: 'web' }),
    ).rejects.toMatchObject({ name: 'ConflictError' });
    // The route knows the key too: it is the same function.
    const { idempotencyKey, workspace, app, ...body } = input;
    const again = await api
      .as('ada')
      .post(`/workspaces/${workspace}/runs`)
      .set('Idempotency-Key', idempotencyKey)
      .send({ apps: [{ name: app, source }], reason: body.reason });
    expect(again.body.id).toBe(run.id);
    const shop = await api.as('ada').get('/workspaces/ws-shop/apps/api');
    expect(shop.body.spec.source).toEqual(source);
    expect(api.audits[0]).toMatchObject({
      eventId: 'run-start',
      meta: {
        workspace: 'ws-shop',
        action: 'deploy-app',
        by: 'user:default/ada',
      },
      success: { run: run.id },
    });
  });

  it('retry and cancel runs', async () => {
    const { id } = await invoke('deploy-app', {
      workspace: 'ws-shop',
      app: 'web',
    });
    await expect(invoke('retry-run', { run: id })).rejects.toMatchObject({
      name: 'ConflictError',
    });
    expect(await invoke('cancel-run', { run: id })).toMatchObject({
      id,
      state: 'cancelled',
    });
    expect(
      await invoke('retry-run', { run: id, from: 'provision' }),
    ).toMatchObject({ id, state: 'queued' });
  });

  it('refuse by name what the user may not do, and do nothing', async () => {
    const { id } = await invoke('deploy-app', {
      workspace: 'ws-shop',
      app: 'web',
    });
    const before = await runs();
    const deploy = { workspace: 'ws-shop', app: 'web' };
    const attempts: [string, JsonObject, string][] = [
      ['deploy-app', deploy, 'workspaces.workspace.deploy'],
      ['retry-run', { run: id }, 'workspaces.workspace.deploy'],
      ['cancel-run', { run: id }, 'workspaces.workspace.operate'],
      ['plan-workspace', { name: 'ws-new' }, 'workspaces.workspace.create'],
    ];
    for (const [action, input, permission] of attempts) {
      await expect(invoke(action, input, as('carol'))).rejects.toMatchObject({
        name: 'NotAllowedError',
        message: `You do not have the permission ${permission} here`,
      });
      const service = mockCredentials.service('plugin:other');
      await expect(
        registry.invoke({ id: `test:${action}`, input, credentials: service }),
      ).rejects.toThrow(
        'plugin:other is not a user; only a user may change something',
      );
    }
    for (const [action, input] of attempts.slice(0, 3))
      await expect(invoke(action, input, as('bob'))).rejects.toMatchObject({
        name: 'NotFoundError',
      });
    expect(await runs()).toEqual(before);
    expect((await invoke('explain-run', { run: id })).state).toBe('queued');
  });

  it('plan a workspace and touch nothing', async () => {
    const before = await api.knex('workspaces').pluck('name');
    const plan = await invoke('plan-workspace', {
      name: 'ws-new',
      dependencies: [{ type: 'redis' }],
      apps: [gitApp('web')],
    });
    expect(plan).toMatchObject({ workspace: 'ws-new', checks: [] });
    expect(plan.changes).toContainEqual({
      action: 'create',
      kind: 'app',
      name: 'web',
    });
    expect(await api.knex('workspaces').pluck('name')).toEqual(before);
    await expect(invoke('plan-workspace', { name: 'ws-shop' })).rejects.toThrow(
      'name: "ws-shop" is taken',
    );
    await expect(
      invoke('plan-workspace', { name: 'ws-new', owner: 'group:default/x' }),
    ).rejects.toThrow('owner: you cannot own anything as "group:default/x"');
  });

  it('refuse a field that is unknown, and the character that no database keeps', async () => {
    await expect(
      invoke('deploy-app', { workspace: 'ws-shop', app: 'web', sourc: {} }),
    ).rejects.toThrow('sourc');
    await expect(
      invoke('list-workspaces', { text: 'a\u0000' }),
    ).rejects.toThrow('text: must not hold the character NUL');
  });
});
