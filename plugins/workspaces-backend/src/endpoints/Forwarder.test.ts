import { TestDatabases } from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { answers, ask } from './__testUtils__/client';
import { until } from './__testUtils__/until';
import { World } from './__testUtils__/world';
import { probeOnce } from './probe';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });

describe.each(databases.eachSupportedId())(
  'What the gateway forwards on %s',
  databaseId => {
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

    it('forwards a request with its body, and says for whom', async () => {
      world.gateway().start();
      const { url, one } = await world.served();
      one.handler = (request, response) => {
        request.pipe(response.writeHead(201, { 'x-app': 'yes' }));
      };

      const answer = await ask(
        `${url}/upload?name=a%20b`,
        { method: 'POST', headers: { 'x-forwarded-for': '10.1.2.3' } },
        'the body',
      );

      expect(answer).toMatchObject({
        status: 201,
        body: 'the body',
        headers: { 'x-app': 'yes' },
      });
      const seen = one.requests.at(-1)!;
      const { host } = new URL(url);
      expect(seen.url).toBe('/upload?name=a%20b');
      expect(seen.headers).toMatchObject({
        host,
        'x-forwarded-for': '10.1.2.3, 127.0.0.1',
        'x-forwarded-host': host,
        'x-forwarded-proto': 'http',
        'x-forwarded-port': new URL(url).port,
      });
    });

    it('tells a probe which release it was led to, and nobody else', async () => {
      world.gateway().start();
      const { url, one } = await world.served();
      one.handler = (_request, response) =>
        response.writeHead(200, { 'slipway-release': '99' }).end('hello');
      const signal = new AbortController().signal;

      expect(await probeOnce(url, { signal })).toMatchObject({
        ok: true,
        release: 1,
      });
      expect(one.requests.at(-1)!.headers).not.toHaveProperty('slipway-probe');
      const { headers } = await ask(url);
      expect(headers).not.toHaveProperty('slipway-release');
    });

    it('buffers nothing: what the app has written arrives before it has ended', async () => {
      world.gateway().start();
      const { url, one } = await world.served();
      const held = one.holdNext();
      const request = httpRequest(url, { agent: false });
      request.end();
      const response = await held;
      response.write('first');
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      const [chunk] = await once(answer, 'data');
      expect(String(chunk)).toBe('first');
      response.end();
      await once(answer.resume(), 'end');
    });

    it('cuts the answer off where the app breaks off, so that it is not taken for whole', async () => {
      world.gateway().start();
      const { url, one } = await world.served();
      const held = one.holdNext();
      const request = httpRequest(url, { agent: false });
      request.end();
      const response = await held;
      response.write('half');
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      response.socket!.resetAndDestroy();
      await expect(text(answer)).rejects.toThrow('aborted');
    });

    it('forwards WebSockets, and takes turns among replicas', async () => {
      world.gateway().start();
      const [a, b] = [await world.upstream('a'), await world.upstream('b')];
      const { url } = await world.expose('web', 1, [a.port, b.port]);
      await until('the gateway answers', () => answers(url));

      const bodies = [
        await answers(url),
        await answers(url),
        await answers(url),
      ];
      expect(new Set(bodies)).toEqual(new Set(['a', 'b']));
      const socket = new WebSocket(url.replace('http:', 'ws:'));
      await once(socket, 'open');
      socket.send('hello');
      const [message] = await once(socket, 'message');
      expect(String(message)).toMatch(/^[ab]: hello$/);
      socket.terminate();
    });

    it('names app and release where nobody answers, and finds a replica that restarted at another port', async () => {
      world.gateway().start();
      const { url, one } = await world.served();
      await one.stop();
      expect(await ask(url)).toMatchObject({
        status: 502,
        body: expect.stringMatching(
          /^App "web" of workspace "ws-shop" does not answer in release 1: connect ECONNREFUSED/,
        ),
      });
      world.replicas.set('web', 1, []);
      await until('the engine is asked again', async () =>
        (await ask(url)).body.includes('no replica is running'),
      );
      const restarted = await world.upstream('one again');
      world.replicas.set('web', 1, [restarted.port]);
      world.changes.emit(`workspace:${world.workspaceId}`);
      expect(await ask(url)).toMatchObject({ status: 200, body: 'one again' });
    });

    it('loses no request when one of two replicas has gone', async () => {
      world.gateway().start();
      const [a, b] = [await world.upstream('a'), await world.upstream('b')];
      const { url } = await world.expose('web', 1, [a.port, b.port]);
      await until('the gateway answers', () => answers(url));
      await b.stop();
      for (let i = 0; i < 6; i++) {
        expect(await ask(url, { method: 'POST' }, 'with a body')).toMatchObject(
          {
            status: 200,
            body: 'a',
          },
        );
      }
    });
  },
);
