import {
  mockCredentials,
  mockServices,
  TestDatabases,
} from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import express from 'express';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { appLogStream, runLogStream } from '../logs/LogStore';
import {
  createTestApi,
  gitApp,
  type TestApi,
} from '../__testUtils__/createTestApi';
import { StreamReader, type ReceivedFrame } from '../__testUtils__/readStream';
import { createRouter } from './router';
import { StreamHub } from './stream/StreamHub';

const databases = TestDatabases.create();
async function listen(app: express.Express): Promise<Server> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const asUser = (user: string) => ({
  Authorization: mockCredentials.user.header(`user:default/${user}`),
});

describe('the stream', () => {
  let api: TestApi;
  let server: Server;
  let base: string;
  let workspaceId: string;
  const readers: StreamReader[] = [];

  beforeAll(async () => {
    api = await createTestApi(await databases.init('SQLITE_3'), {
      // Carol reads everything but logs.
      policy: (permission, user) => {
        if (user !== 'carol') return undefined;
        const denied = permission.name === 'workspaces.workspace.logs.read';
        return {
          result: denied ? AuthorizeResult.DENY : AuthorizeResult.ALLOW,
        };
      },
    });
    server = await listen(api.direct);
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const created = await api
      .as('ada')
      .post('/workspaces')
      .send({ name: 'ws-live', apps: [gitApp('web')] });
    workspaceId = created.body.id;
  }, 60_000);
  afterEach(() => readers.splice(0).forEach(reader => reader.close()));
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await api.close();
  });

  const open = async (
    topics: string,
    headers: Record<string, string> = {},
    user = 'ada',
  ) => {
    const url = `${base}/stream?topics=${encodeURIComponent(topics)}`;
    const reader = await StreamReader.open(url, {
      ...asUser(user),
      ...headers,
    });
    readers.push(reader);
    return reader;
  };
  /** Fails by the time limit of the test. */
  const untilFeeds = async (count: number) => {
    while (api.core.api.stream.size !== count) {
      await new Promise<void>(resolve => setImmediate(resolve));
    }
  };
  const start = async () =>
    (await api.as('ada').post('/workspaces/ws-live/runs').send({})).body;
  const lines = (count: number, first = 1) =>
    Array.from({ length: count }, (_, index) => ({
      at: new Date(),
      text: `Line ${first + index}`,
    }));

  it('begins with the run as it is and its events, and tells what changes', async () => {
    const run = await start();
    const stream = await open(`run:${run.id}`);
    expect(stream.response.status).toBe(200);
    expect(Object.fromEntries(stream.response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    const first = await stream.next('event');
    expect(first?.data).toMatchObject({
      run: run.id,
      sequence: 1,
      type: 'run',
      state: 'queued',
    });
    expect((await stream.next('run'))?.data).toEqual(run);
    await api.as('ada').post(`/runs/${run.id}/cancel`);
    expect((await stream.next('event'))?.data).toMatchObject({
      sequence: 2,
      state: 'cancelled',
    });
    const changed = await stream.find(
      ({ event, data }) => event === 'run' && data.state === 'cancelled',
    );
    expect(
      changed.data.stages.every(
        (stage: { state: string }) => stage.state === 'cancelled',
      ),
    ).toBe(true);
  });

  it('hears of changes that another replica made', async () => {
    const run = await start();
    const stream = await open(`run:${run.id}`);
    await stream.next('run');
    await api
      .knex('runs')
      .where({ id: run.id })
      .update({ reason: 'Changed elsewhere' });
    const changed = await stream.find(
      ({ event, data }) => event === 'run' && data.reason !== undefined,
    );
    expect(changed.data.reason).toBe('Changed elsewhere');
  });

  it('is resumed by Last-Event-ID, with nothing missing and nothing twice', async () => {
    const run = await start();
    const log = runLogStream(run.id, 'build', 'web');
    await api.core.api.logs.append(log, workspaceId, lines(10));
    const topics = `run:${run.id},log:${run.id}/build/web`;
    const stream = await open(topics);
    const heard = new Set<string>();
    const frames: ReceivedFrame[] = [];
    const last = await stream.find(frame => {
      frames.push(frame);
      return heard.add(frame.event).size === 3;
    });
    const before = frames.find(({ event }) => event === 'log')!;
    expect(before.data).toMatchObject({
      run: run.id,
      stage: 'build',
      app: 'web',
      complete: false,
    });
    expect(
      before.data.items.map((item: { line: number }) => item.line),
    ).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    stream.close();

    await api.core.api.logs.append(log, workspaceId, lines(5, 11));
    await api.as('ada').post(`/runs/${run.id}/cancel`);
    const resumed = await open(topics, { 'Last-Event-ID': last.id! });
    const events: number[] = [];
    const told: number[] = [];
    await resumed.find(({ event, data }) => {
      if (event === 'event') events.push(data.sequence);
      if (event === 'log')
        told.push(...data.items.map((item: { line: number }) => item.line));
      return events.includes(2) && told.includes(15);
    });
    expect(told).toEqual([11, 12, 13, 14, 15]);
    expect(events).toEqual([2]);
    await api.core.api.logs.append(log, workspaceId, lines(1, 16));
    const next = await resumed.find(
      ({ event, data }) => event === 'log' && data.items.length > 0,
    );
    expect(next.data.items.map((item: { text: string }) => item.text)).toEqual([
      'Line 16',
    ]);
  });

  it('begins a log at its last 500 lines, and says when no more will come', async () => {
    const run = await start();
    const log = runLogStream(run.id, 'build', 'web');
    await api.core.api.logs.append(log, workspaceId, lines(800));
    const stream = await open(`log:${run.id}/build/web`);
    const told: number[] = [];
    await stream.find(({ data }) => {
      told.push(...data.items.map((item: { line: number }) => item.line));
      return told.includes(800);
    });
    expect(told).toEqual(
      Array.from({ length: 500 }, (_, index) => 301 + index),
    );
    await api.as('ada').post(`/runs/${run.id}/cancel`);
    const last = await stream.find(({ data }) => data.complete);
    expect(last.data).toEqual({
      run: run.id,
      stage: 'build',
      app: 'web',
      items: [],
      complete: true,
    });
  });

  it('begins an empty log by saying so, of a stage of the workspace as well', async () => {
    const run = await start();
    const stream = await open(`log:${run.id}/provision/`);
    expect((await stream.next('log'))?.data).toEqual({
      run: run.id,
      stage: 'provision',
      items: [],
      complete: false,
    });
    await api.core.api.logs.append(
      runLogStream(run.id, 'provision'),
      workspaceId,
      lines(1),
    );
    expect((await stream.next('log'))?.data.items).toHaveLength(1);
  });

  it('follows what an app writes', async () => {
    const stream = await open(`log:app/${workspaceId}/web`);
    await stream.next('log');
    await api.core.api.logs.append(
      appLogStream(workspaceId, 'web'),
      workspaceId,
      lines(2),
    );
    expect((await stream.next('log'))?.data).toMatchObject({
      workspace: workspaceId,
      app: 'web',
      items: [{ text: 'Line 1' }, { text: 'Line 2' }],
      complete: false,
    });
  });

  it('tells a workspace, its endpoints, its runs and its end', async () => {
    const { body } = await api
      .as('ada')
      .post('/workspaces')
      .send({ name: 'ws-all', apps: [gitApp('web')] });
    const stream = await open('workspace:ws-all');
    expect((await stream.next('workspace'))?.data).toEqual(body);
    const run = (await api.as('ada').post('/workspaces/ws-all/runs').send({}))
      .body;
    expect((await stream.next('run'))?.data).toMatchObject({
      id: run.id,
      state: 'queued',
    });
    const endpoint = await api.core.api.endpoints.reserve({
      workspaceId: body.id,
      app: 'web',
      port: 8080,
    });
    expect((await stream.next('endpoint'))?.data).toMatchObject({
      id: endpoint.id,
      stablePort: endpoint.stable_port,
    });
    await api.as('ada').patch('/workspaces/ws-all').send({ size: 'large' });
    expect((await stream.next('workspace'))?.data.size).toBe('large');
    const receipt = { at: new Date().toISOString(), items: [] };
    await api.knex.transaction(trx =>
      api.core.api.workspaceStore.bury(body.id, receipt, trx),
    );
    const buried = await stream.find(
      ({ event, data }) => event === 'workspace' && data.receipt !== undefined,
    );
    expect(buried.data).toMatchObject({ id: body.id, name: 'ws-all', receipt });
    expect((await stream.next('deleted'))?.data).toEqual({
      workspace: body.id,
    });
  });

  it('reads a topic once for all who listen, and no longer than they do', async () => {
    const run = await start();
    const hub = api.core.api.stream;
    await untilFeeds(0);
    const [first, second] = [
      await open(`run:${run.id}`),
      await open(`run:${run.id}`),
    ];
    await Promise.all([first.next('run'), second.next('run')]);
    expect(hub.size).toBe(1);
    await api.as('ada').post(`/runs/${run.id}/cancel`);
    for (const stream of [first, second]) {
      await stream.find(
        ({ event, data }) => event === 'run' && data.state === 'cancelled',
      );
    }
    first.close();
    second.close();
    await untilFeeds(0);
  });

  it('keeps nothing of clients that went before it began', async () => {
    const run = await start();
    const { port } = server.address() as AddressInfo;
    const { Authorization } = asUser('ada');
    const gone = Array.from({ length: 20 }, async () => {
      const client = connect(port, '127.0.0.1');
      await once(client, 'connect');
      client.end(
        `GET /stream?topics=run:${run.id} HTTP/1.1\r\nHost: a\r\nAuthorization: ${Authorization}\r\n\r\n`,
      );
      await new Promise<void>(resolve => setImmediate(resolve));
      client.destroy();
    });
    await Promise.all(gone);
    await untilFeeds(0);
    expect(api.core.api.stream.size).toBe(0);
  });

  it.each([
    ['', 400, 'topics: is required; accepted are run:<id>'],
    ['nothing', 400, 'topics: "nothing" is unknown; accepted are run:<id>'],
    ['log:a/b', 400, 'topics: "log:a/b" is unknown'],
    ['run:none', 404, 'There is no run "none"'],
    ['workspace:ws-none', 404, 'There is no workspace "ws-none"'],
    ['log:none/build/web', 404, 'There is no run "none"'],
    ['log:app/none/web', 404, 'There is no workspace "none"'],
    ['log:app/ws-live/none', 404, 'The workspace "ws-live" has no app "none"'],
    [
      Array.from({ length: 51 }, (_, index) => `run:${index}`).join(','),
      400,
      'topics: must be 50 at most',
    ],
  ])(
    'refuses the topics "%s" before it begins',
    async (topics, status, message) => {
      const stream = await open(topics);
      expect(stream.response.status).toBe(status);
      expect(await stream.refusal()).toContain(message);
    },
  );

  it('is a 404 for topics of others, a 403 without the permission, a 401 for nobody', async () => {
    const run = await start();
    for (const topic of [
      `run:${run.id}`,
      'workspace:ws-live',
      `log:${run.id}/build/web`,
      `log:app/${workspaceId}/web`,
    ]) {
      expect((await open(topic, {}, 'bob')).response.status).toBe(404);
      expect((await open(topic, {}, 'mallory')).response.status).toBe(403);
      // One topic that may be read does not open the door for another.
      expect(
        (await open(`${topic},run:${run.id}`, {}, 'bob')).response.status,
      ).toBe(404);
      const nobody = await open(topic, {
        Authorization: mockCredentials.none.header(),
      });
      expect(nobody.response.status).toBe(401);
      expect((await open(topic, {}, 'carol')).response.status).toBe(
        topic.startsWith('log:') ? 403 : 200,
      );
    }
  });

  it.each([
    'x',
    'bnVsbA',
    Buffer.from('{"a":-1}').toString('base64url'),
    Buffer.from('{"a":"1"}').toString('base64url'),
  ])('refuses the Last-Event-ID "%s"', async id => {
    const run = await start();
    expect(
      (await open(`run:${run.id}`, { 'Last-Event-ID': id })).response.status,
    ).toBe(400);
  });

  it('keeps a quiet connection alive, drops a client that does not read, and says goodbye', async () => {
    const limits = { largestBacklog: 2 * 1024 * 1024, heartbeat: 50 };
    const { changes } = api.core;
    const stream = new StreamHub({
      changes,
      logger: mockServices.logger.mock(),
      limits,
    });
    const limited = await listen(
      express().use(await createRouter({ ...api.core.api, stream })),
    );
    const { port } = limited.address() as AddressInfo;
    const run = await start();
    const topics = `log:${run.id}/build/web`;

    const quiet = await StreamReader.open(
      `http://127.0.0.1:${port}/stream?topics=${topics}`,
      asUser('ada'),
    );
    readers.push(quiet);
    await quiet.untilText(': heartbeat\n\n: heartbeat\n\n');

    const slow = connect(port, '127.0.0.1');
    const { Authorization } = asUser('ada');
    slow.write(
      `GET /stream?topics=${topics} HTTP/1.1\r\nHost: a\r\nAuthorization: ${Authorization}\r\n\r\n`,
    );
    let received = '';
    await new Promise<void>(resolve => {
      slow.on('data', chunk => {
        received += chunk;
        if (received.includes('event: log')) resolve();
      });
    });
    slow.pause();
    // More than the sockets of both sides hold.
    const text = 'x'.repeat(15_000);
    const log = runLogStream(run.id, 'build', 'web');
    for (let batch = 0; batch < 20; batch++) {
      await api.core.api.logs.append(
        log,
        workspaceId,
        Array.from({ length: 60 }, () => ({ at: new Date(), text })),
      );
      await quiet.next('log');
    }
    slow.resume();
    await new Promise<void>(resolve => slow.on('close', () => resolve()));
    expect(received).toContain('"reason":"too-slow"');
    const end = received.slice(received.lastIndexOf('event: end'));
    expect(end).toContain('it can go on from the last event that it has');

    stream.close();
    expect((await quiet.next('end'))?.data.reason).toBe('shutdown');
    expect(await quiet.next('log')).toBeUndefined();
    limited.close();
  }, 60_000);
});
