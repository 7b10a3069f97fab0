import {
  mockCredentials,
  mockServices,
  TestDatabases,
} from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import express from 'express';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createTestApi,
  gitApp,
  type TestApi,
  type TestPolicy,
} from '../__testUtils__/createTestApi';
import { StreamReader, type ReceivedFrame } from '../__testUtils__/readStream';
import { StreamHub } from './stream/StreamHub';
import { workspacesSource } from './stream/workspacesSource';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });
const allowed = { result: AuthorizeResult.ALLOW } as const;
const denied = { result: AuthorizeResult.DENY } as const;

async function listen(app: express.Express): Promise<Server> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('the stream of all workspaces', () => {
  let api: TestApi;
  let server: Server;
  let policy: TestPolicy;
  const readers: StreamReader[] = [];

  beforeEach(async () => {
    policy = () => undefined;
    api = await createTestApi(await databases.init('SQLITE_3'), {
      policy: (permission, user) => policy(permission, user),
    });
    server = await listen(api.direct);
  });
  afterEach(async () => {
    readers.splice(0).forEach(reader => reader.close());
    server.closeAllConnections();
    server.close();
    await api.close();
  });

  const open = async (user: string) => {
    const { port } = server.address() as AddressInfo;
    const reader = await StreamReader.open(
      `http://127.0.0.1:${port}/stream?topics=workspaces`,
      {
        Authorization: mockCredentials.user.header(`user:default/${user}`),
      },
    );
    readers.push(reader);
    return reader;
  };
  const create = async (name: string, user = 'ada') =>
    (
      await api
        .as(user)
        .post('/workspaces')
        .send({ name, apps: [gitApp('web')] })
    ).body;
  const bury = (id: string) =>
    api.knex.transaction(trx =>
      api.core.api.workspaceStore.bury(id, { at: '', items: [] }, trx),
    );
  const isNamed =
    (name: string) =>
    ({ event, data }: ReceivedFrame) =>
      event === 'workspace' && data.name === name;

  it('begins with each workspace as it is, and tells what changes, what is new and what is gone', async () => {
    const first = await create('ws-first');
    const stream = await open('ada');
    expect((await stream.next('workspace'))?.data).toEqual(first);

    const second = await create('ws-second');
    expect((await stream.next('workspace'))?.data).toEqual(second);

    await api.as('ada').patch('/workspaces/ws-first').send({ size: 'large' });
    expect((await stream.next('workspace'))?.data).toMatchObject({
      name: 'ws-first',
      size: 'large',
    });

    await api.as('ada').post('/workspaces/ws-second/runs').send({});
    expect((await stream.next('workspace'))?.data).toMatchObject({
      name: 'ws-second',
      lastRun: { number: 1, state: 'queued' },
    });

    await bury(first.id);
    expect((await stream.next('deleted'))?.data).toEqual({
      workspace: first.id,
    });
  });

  it('is another one for each caller, who hears of nothing else, also not of what is made later', async () => {
    const hidden = await create('ws-hidden');
    const [bob, bobAgain] = [await open('bob'), await open('bob')];
    const ada = await open('ada');
    await ada.find(isNamed('ws-hidden'));
    const later = await create('ws-later');
    await ada.find(isNamed('ws-later'));
    const own = await create('ws-own', 'bob');
    for (const stream of [bob, bobAgain]) {
      await stream.find(isNamed('ws-own'));
      expect(stream.text).not.toContain(hidden.id);
      expect(stream.text).not.toContain(later.id);
    }
    await create('ws-last');
    await ada.find(isNamed('ws-last'));
    expect(ada.text).not.toContain(own.id);
    expect(api.core.api.stream.size).toBe(2);
    const mallory = await open('mallory');
    expect(mallory.response.status).toBe(403);
    expect(await mallory.refusal()).toContain('workspaces.workspace.read');
  });

  it('follows the permissions: what was taken away is gone before a change of it is told', async () => {
    const workspace = await create('ws-lent');
    policy = () => allowed;
    const stream = await open('bob');
    await stream.find(isNamed('ws-lent'));

    policy = () => undefined;
    await api.as('ada').patch('/workspaces/ws-lent').send({ size: 'large' });
    expect((await stream.next('deleted'))?.data).toEqual({
      workspace: workspace.id,
    });
    expect(stream.text).not.toContain('large');

    const own = await create('ws-own', 'bob');
    await stream.find(isNamed('ws-own'));
    policy = (_, user) => (user === 'bob' ? denied : undefined);
    await api.knex('workspaces').where({ id: own.id }).update({ size: 'huge' });
    expect((await stream.next('deleted'))?.data.workspace).toBe(own.id);
    expect(stream.text).not.toContain('huge');

    policy = () => allowed;
    await create('ws-open');
    // Newest first.
    await stream.find(isNamed('ws-open'));
    await stream.find(isNamed('ws-lent'));
  });

  it('looks at the permissions from time to time where nothing changes', async () => {
    const { id } = await create('ws-quiet');
    const source = workspacesSource(
      { credentials: mockCredentials.user('user:default/ada'), ref: 'ada' },
      api.core.api,
    );
    expect(await source.next(false)).toMatchObject([{ type: 'workspace' }]);
    policy = () => denied;
    expect(await source.next(false)).toEqual([]);
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(now + 15_001);
    const later = await source.next(false);
    clock.mockRestore();
    expect(later).toEqual([
      { type: 'deleted', data: JSON.stringify({ workspace: id }) },
    ]);
    expect(await source.begin(undefined)).toEqual([]);
  });

  it('tells the newest 200, and does not call gone what a newer one displaced', async () => {
    const template = await create('ws-template');
    const row = await api.knex('workspaces').where({ id: template.id }).first();
    const rows = Array.from({ length: 200 }, (_, index) => ({
      ...row,
      id: `id-${index}`,
      name: `ws-${index}`,
      live_name: `ws-${index}`,
      created_at: row.created_at + 1 + index,
    }));
    for (let index = 0; index < rows.length; index += 50)
      await api.knex('workspaces').insert(rows.slice(index, index + 50));
    const stream = await open('ada');
    const heard = new Set<string>();
    await stream.find(({ data }) => heard.add(data.id!).size === 200);
    expect(heard).not.toContain(template.id);

    await api.knex('workspaces').insert({
      ...row,
      id: 'id-newest',
      name: 'ws-newest',
      live_name: 'ws-newest',
      created_at: row.created_at + 1000,
    });
    await stream.find(isNamed('ws-newest'));
    await bury('id-100');
    const next = await stream.find(({ event }) => event === 'deleted');
    expect(next.data.workspace).toBe('id-100');
    expect(stream.text.match(/event: deleted/g)).toHaveLength(1);
  });

  it('tells neither what replicas use nor that nothing changed', async () => {
    await create('ws-busy');
    const { observer } = api.core.api;
    const source = workspacesSource(
      { credentials: mockCredentials.user('user:default/ada'), ref: 'ada' },
      api.core.api,
    );
    const replica = (cpuCores: number, restarts = 0) => ({
      current: true,
      observedAt: `2099-11-24T10:00:0${restarts}Z`,
      observation: {
        workspace: 'ws-busy',
        at: '2026-11-24T10:00:00Z',
        present: true,
        apps: [
          {
            name: 'web',
            replicas: [
              {
                id: 'c1',
                release: 1,
                state: 'running' as const,
                restarts,
                cpuCores,
              },
            ],
          },
        ],
        dependencies: [],
      },
    });
    const view = jest.spyOn(observer, 'view');
    view.mockReturnValue(replica(0.1));
    expect(await source.next(false)).toHaveLength(1);
    view.mockReturnValue(replica(0.9));
    expect(await source.next(false)).toEqual([]);
    view.mockReturnValue(replica(0.9, 1));
    expect(await source.next(false)).toHaveLength(1);
    view.mockRestore();
  });

  it('ends when the credentials of its caller do', async () => {
    const hub = new StreamHub({
      changes: api.core.changes,
      logger: mockServices.logger.mock(),
    });
    const short = await listen(
      express().get('/', (_, response) =>
        hub.open(response, [], {
          positions: new Map(),
          expiresAt: new Date(Date.now() + 50),
        }),
      ),
    );
    const { port } = short.address() as AddressInfo;
    const stream = await StreamReader.open(`http://127.0.0.1:${port}/`, {});
    expect((await stream.next('end'))?.data.reason).toBe('expired');
    expect(await stream.next('workspace')).toBeUndefined();
    short.close();
  });
});
