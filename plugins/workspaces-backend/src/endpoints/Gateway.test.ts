import { TestDatabases } from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { createServer } from 'node:net';
import { WebSocket } from 'ws';
import { Changes } from '../store/changes';
import { replicaId } from '../store/replica';
import { answers, ask, isClosed } from './__testUtils__/client';
import { until } from './__testUtils__/until';
import { World } from './__testUtils__/world';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });

describe.each(databases.eachSupportedId())('Gateway on %s', databaseId => {
  let knex: Knex;
  let world: World;

  beforeAll(async () => {
    knex = await databases.init(databaseId);
  });

  beforeEach(async () => {
    world = await World.create(knex);
  });

  afterEach(async () => {
    await world.close();
  });

  it('switches releases without losing one of 400 requests on kept connections', async () => {
    world.gateway().start();
    const { url, one } = await world.served();
    const two = await world.second();
    const before = one.asked;
    let answered = 0;
    const client = async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const bodies: string[] = [];
      for (let i = 0; i < 50; i++) {
        const answer = await ask(url, { agent });
        expect(answer.status).toBe(200);
        bodies.push(answer.body);
        answered++;
      }
      agent.destroy();
      return bodies;
    };
    const clients = Promise.all(Array.from({ length: 8 }, client));
    await until('a third is answered', async () => answered > 130);
    await world.switchTo(2);
    const bodies = await clients;

    for (const ofClient of bodies) {
      const firstOfTwo = ofClient.indexOf('two');
      expect(ofClient.slice(0, firstOfTwo)).not.toContain('two');
      expect(ofClient.slice(firstOfTwo)).not.toContain('one');
      expect(ofClient.at(-1)).toBe('two');
    }
    expect(one.asked - before + two.asked).toBe(400);
    await world.drained();
    expect(await world.endpoint('web')).toMatchObject({
      release: 2,
      draining_release: null,
    });
  });

  it('waits for the last request of the release before, and tells kept connections to close', async () => {
    world.gateway().start();
    const { url, one } = await world.served();
    await world.second();
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(url, { agent: kept })).headers.connection).toBe(
      'keep-alive',
    );
    const held = one.holdNext();
    const slow = ask(url);
    const response = await held;

    await world.switchTo(2);
    await until(
      'new requests go to release 2',
      async () => (await answers(url)) === 'two',
    );
    expect(await world.endpoint('web')).toMatchObject({
      release: 2,
      draining_release: 1,
    });
    const onKept = await ask(url, { agent: kept });
    expect(onKept).toMatchObject({
      body: 'two',
      headers: { connection: 'close' },
    });
    response.end('late');
    expect(await slow).toMatchObject({
      body: 'late',
      headers: { connection: 'close' },
    });
    await world.drained();
    expect((await world.endpoint('web')).draining_release).toBeNull();
    kept.destroy();
  });

  it('cuts off what outlasts the drain time, WebSockets too', async () => {
    await world.close();
    world = await World.create(knex, { settings: { drainTime: 200 } });
    world.gateway().start();
    const { url, one } = await world.served();
    await world.second();
    const socket = new WebSocket(url.replace('http:', 'ws:'));
    await once(socket, 'open');
    const held = one.holdNext();
    const slow = ask(url);
    await held;

    await world.switchTo(2);
    await Promise.all([
      expect(slow).rejects.toThrow(/hang up|ECONNRESET/),
      once(socket, 'close'),
      world.drained(),
    ]);
    expect(await answers(url)).toBe('two');
  });

  it('goes back to a release that was draining, without cutting it off', async () => {
    world.gateway().start();
    const { url, one } = await world.served();
    await world.second();
    const held = one.holdNext();
    const slow = ask(url);
    const response = await held;
    await world.switchTo(2);
    await until(
      'release 2 answers',
      async () => (await answers(url)) === 'two',
    );
    await world.switchTo(1);
    await world.drained();
    expect(await answers(url)).toBe('one');
    response.end('whole');
    expect((await slow).body).toBe('whole');
  });

  it('hands the ports over when it stops, also to a replica that hears nothing of this one', async () => {
    const first = world.gateway();
    first.start();
    const { url } = await world.served();
    world.gateway(new Changes()).start();
    await first.stop();
    await until('the second gateway answers', () => answers(url), 5_000);
    const lease = await knex('leases').where({ name: 'gateway' }).first();
    expect(lease.epoch).toBe(2);
  });

  it('answers within 2 s of its start where the portal before it was killed', async () => {
    const one = await world.upstream('one');
    const { url } = await world.expose('web', 1, [one.port]);
    const [machine] = replicaId().split('.');
    const deadProcess = `${machine}.4194305.1.dead`; // above the highest process number
    await knex('leases').insert({
      name: 'gateway',
      holder: deadProcess,
      epoch: 7,
      lease_until: Date.now() + 3_600_000,
    });
    world.gateway().start();
    await until('the gateway answers', () => answers(url), 2_000);
    expect(await knex('leases').first()).toMatchObject({ epoch: 8 });
  });

  it('D23: supervises its ports: says who holds one, takes it when it is free, and lets go of it with the app', async () => {
    const one = await world.upstream('one');
    const { row, url } = await world.expose('web', 1, [one.port]);
    const foreign = createServer().listen(row.stable_port!, '127.0.0.1');
    await once(foreign, 'listening');
    world.gateway().start();
    const state = await until('the state is known', async () => {
      const endpoint = await world.endpoint('web');
      return endpoint.observed_at !== null && endpoint;
    });
    expect(state).toMatchObject({
      state: 'starting',
      message: expect.stringContaining(`port ${row.stable_port} is taken by`),
    });
    foreign.close();
    await until(
      'the gateway answers',
      async () => (await answers(url)) === 'one',
    );
    await until(
      'it is seen',
      async () => (await world.endpoint('web')).state === 'healthy',
    );

    await knex('endpoints').delete();
    world.changes.emit('endpoints');
    await until('the port is free', async () => isClosed(url));
  });

  it('D22: moving to a port that cannot be had keeps the old one serving; moving to a good one frees it', async () => {
    world.gateway().start();
    const { url } = await world.served();
    const [first, second, third] = [0, 1, 2].map(
      offset => world.settings.ports.first + offset,
    );
    const foreign = createServer().listen(second, '127.0.0.1');
    await once(foreign, 'listening');
    const { id } = await world.endpoint('web');

    await expect(world.endpoints.move(id, second)).rejects.toMatchObject({
      name: 'ConflictError',
      message: expect.stringContaining(
        `stablePort: Port ${second} is taken by`,
      ),
    });
    expect((await world.endpoint('web')).stable_port).toBe(first);
    expect(await answers(url)).toBe('one');

    await world.endpoints.move(id, third);
    const newUrl = url.replace(String(first), String(third));
    await until('the new port answers', () => answers(newUrl));
    await until('the old port is closed', async () => isClosed(url));
    foreign.close();
  });

  it('D27: the state is what a probe of the public address saw, and follows the app', async () => {
    world.gateway().start();
    const { url, one } = await world.served();
    const healthy = await until('it is healthy', async () => {
      const row = await world.endpoint('web');
      return row.state === 'healthy' && row;
    });
    expect(healthy).toMatchObject({
      message: 'answered 200',
      latency_ms: expect.any(Number),
    });
    expect(
      one.requests.some(
        request =>
          request.headers['user-agent'] === 'slipway-probe' &&
          request.headers.host === new URL(url).host,
      ),
    ).toBe(true);

    await one.stop();
    world.replicas.set('web', 2, []);
    await world.switchTo(2);
    const starting = await until('it is looked at', async () => {
      const row = await world.endpoint('web');
      return row.observed_at !== null && row;
    });
    expect(starting).toMatchObject({
      state: 'starting',
      latency_ms: null,
      message:
        'App "web" of workspace "ws-shop" does not answer in release 2: no replica is running',
    });
    const two = await world.upstream('two');
    two.handler = (_request, response) => response.writeHead(503).end();
    world.replicas.set('web', 2, [two.port]);
    await knex('endpoints').update({ state: 'down' });
    await until('it is degraded', async () => {
      const row = await world.endpoint('web');
      return row.state === 'degraded' && row.message === 'answered 503';
    });
  });
});
