import { TestDatabases } from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { WebSocket } from 'ws';
import { answers, ask } from './__testUtils__/client';
import { until } from './__testUtils__/until';
import type { Upstream } from './__testUtils__/upstream';
import { World } from './__testUtils__/world';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });

describe.each(databases.eachSupportedId())('Scaling on %s', databaseId => {
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

  /** The app "web" in release 1 with a replica of each of these names. */
  async function served(...names: string[]) {
    world.gateway().start();
    const replicas: Upstream[] = [];
    for (const name of names) replicas.push(await world.upstream(name));
    const ports = replicas.map(({ port }) => port);
    const { url } = await world.expose('web', 1, ports);
    await until('the gateway answers', () => answers(url));
    return { url, replicas };
  }

  /** A request that the replica has and does not answer. */
  async function heldBy(replica: Upstream, url: string) {
    const held = replica.holdNext();
    for (;;) {
      const answer = ask(url);
      const response = await Promise.race([held, answer.then(() => undefined)]);
      if (response) return { response, answer };
    }
  }

  it('loses no request on the way from three replicas to one, which end as soon as they have drained', async () => {
    const { url, replicas } = await served('a', 'b', 'c');
    const [, ...goers] = replicas;
    // Slow enough that they have requests whenever it is that they are to go.
    for (const replica of goers) {
      const usual = replica.handler;
      replica.handler = (request, response) =>
        setTimeout(() => usual(request, response), 300);
    }
    let answered = 0;
    const client = async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const bodies: string[] = [];
      for (let i = 0; i < 40; i++) {
        const answer = await ask(url, { agent, method: 'POST' }, 'a body');
        expect(answer.status).toBe(200);
        bodies.push(answer.body);
        answered++;
      }
      agent.destroy();
      return bodies;
    };
    const clients = Promise.all(Array.from({ length: 8 }, client));
    await until('some are answered', async () => answered > 40);
    expect(goers.every(replica => replica.asked > 0)).toBe(true);
    await world.switchTo(1, 1);
    await world.drained();
    await Promise.all(goers.map(replica => replica.stop()));
    const bodies = await clients;
    expect(bodies.map(ofClient => ofClient.at(-1))).toEqual(
      Array.from({ length: 8 }, () => 'a'),
    );
  });

  it('waits for the last request of a replica that goes, and not for those of one that stays', async () => {
    const { url, replicas } = await served('a', 'b');
    const onA = await heldBy(replicas[0], url);
    const onB = await heldBy(replicas[1], url);
    await world.switchTo(1, 1);
    let drained = false;
    const waiting = world.drained().then(() => {
      drained = true;
    });
    await until('b gets none', async () => {
      const two = [await answers(url), await answers(url)];
      return !two.includes('b');
    });
    const { asked } = replicas[1];
    for (let i = 0; i < 6; i++) expect(await answers(url)).toBe('a');
    expect(replicas[1].asked).toBe(asked);
    expect(drained).toBe(false);

    onB.response.end('last');
    expect((await onB.answer).body).toBe('last');
    await waiting;
    onA.response.end('whole');
    expect((await onA.answer).body).toBe('whole');
  });

  it('cuts off what outlasts the drain time on a replica that goes, and nothing on one that stays', async () => {
    await world.close();
    world = await World.create(knex, { settings: { drainTime: 200 } });
    const { url } = await served('a', 'b');
    const sockets = await Promise.all(
      [1, 2].map(async () => {
        const socket = new WebSocket(url.replace('http:', 'ws:'));
        await once(socket, 'open');
        socket.send('hello');
        const [message] = await once(socket, 'message');
        return { socket, replica: String(message)[0] };
      }),
    );
    const [onA, onB] = ['a', 'b'].map(
      name => sockets.find(({ replica }) => replica === name)!.socket,
    );
    await world.switchTo(1, 1);
    await Promise.all([once(onB, 'close'), world.drained()]);
    onA.send('still there');
    const [message] = await once(onA, 'message');
    expect(String(message)).toBe('a: still there');
    onA.terminate();
  });

  it('sends requests to a replica that is added, and again to one that was to go', async () => {
    const { url, replicas } = await served('a', 'b');
    const held = await heldBy(replicas[1], url);
    await world.switchTo(1, 1);
    await until('b gets none', async () => {
      const two = [await answers(url), await answers(url)];
      return !two.includes('b');
    });
    await world.switchTo(1, 2);
    await world.drained();
    await until('b gets some', async () => (await answers(url)) === 'b');
    held.response.end('whole');
    expect((await held.answer).body).toBe('whole');

    const c = await world.upstream('c');
    world.replicas.set(
      'web',
      1,
      [...replicas, c].map(({ port }) => port),
    );
    expect(await answers(url)).not.toBe('c');
    await world.switchTo(1, 3);
    await until('c gets some', async () => (await answers(url)) === 'c', 5_000);
  });

  it('says of an app without replicas that it is stopped, and serves it at the same address again', async () => {
    const { url, replicas } = await served('a');
    const held = await heldBy(replicas[0], url);
    await world.switchTo(1, 0);
    const said =
      'App "web" of workspace "ws-shop" is stopped: it is scaled to 0 replicas';
    await until('it is stopped', async () => (await ask(url)).status === 503);
    expect((await ask(url)).body).toBe(`${said}\n`);
    expect(await world.endpoint('web')).toMatchObject({
      state: 'stopped',
      observed_at: null,
    });
    held.response.end('last');
    expect((await held.answer).body).toBe('last');
    await world.drained();

    await world.switchTo(1, 1);
    await until('it answers', async () => (await answers(url)) === 'a');
    await until('it is healthy', async () => {
      const { state } = await world.endpoint('web');
      return state === 'healthy';
    });
  });

  it('counts an app that is stopped on purpose as no outage', async () => {
    const { url } = await served('a');
    const { id } = await world.endpoint('web');
    const untilHealthy = () =>
      until('it is healthy', async () => {
        const { state } = await world.endpoint('web');
        return state === 'healthy';
      });
    await untilHealthy();
    await world.switchTo(1, 0);
    await until('it is stopped', async () => (await ask(url)).status === 503);
    await world.drained();
    expect(await world.endpoint('web')).toMatchObject({ state: 'stopped' });
    await world.switchTo(1, 1);
    await untilHealthy();
    const moments = await world.knex('endpoint_moments').where({
      endpoint_id: id,
    });
    expect(moments.map(({ state }) => state)).not.toContain('down');
  });
});
