import { TestDatabases } from '@backstage/backend-test-utils';
import { ConfigReader } from '@backstage/config';
import type { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AppRow, WorkspaceRow } from '../store/rows';
import { readGatewaySettings } from './settings';
import { World } from './__testUtils__/world';

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });

/** Something on this machine that is not ours. */
async function listenOn(port: number) {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe.each(databases.eachSupportedId())(
  'EndpointService on %s',
  databaseId => {
    let knex: Knex;
    let world: World;
    let first: number;

    beforeAll(async () => {
      knex = await databases.init(databaseId);
    });

    beforeEach(async () => {
      world = await World.create(knex, { ports: 6 });
      first = world.settings.ports.first;
    });

    afterEach(async () => {
      await Promise.all(
        ['endpoints', 'workspaces', 'leases'].map(table =>
          knex(table).delete(),
        ),
      );
    });

    const reserve = (app: string, stablePort?: number) =>
      world.endpoints.reserve({
        workspaceId: world.workspaceId,
        app,
        port: 8080,
        stablePort,
      });

    it('D18: gives each of several endpoints that are made at once a port of its own, and keeps what there is', async () => {
      const apps = ['a', 'b', 'c', 'd', 'e', 'a'];
      const rows = await Promise.all(apps.map(app => reserve(app)));
      const ports = new Set(rows.map(row => row.stable_port));
      expect(ports.size).toBe(5);
      expect(rows[5].id).toBe(rows[0].id);
      expect(await reserve('b')).toEqual(rows[1]);
      const changed = await world.endpoints.reserve({
        workspaceId: world.workspaceId,
        app: 'b',
        port: 3000,
      });
      expect(changed).toEqual({ ...rows[1], port: 3000 });
    });

    it('takes the next free port for a new endpoint without a wish, past what others listen on', async () => {
      const foreign = await listenOn(first);
      expect((await reserve('web')).stable_port).toBe(first + 1);
      foreign.close();
    });

    it('says who has a wished port: another endpoint, by name only where the owner is the same', async () => {
      await reserve('web', first + 2);
      await expect(reserve('other', first + 2)).rejects.toMatchObject({
        name: 'EngineError',
        message: `Port ${
          first + 2
        } is taken by app "web" of workspace "ws-shop"`,
      });
      const foreignId = randomUUID();
      await world.addWorkspace(foreignId, 'ws-else', 'group:default/else');
      await expect(
        world.endpoints.reserve({
          workspaceId: foreignId,
          app: 'spy',
          port: 80,
          stablePort: first + 2,
        }),
      ).rejects.toMatchObject({
        message: `Port ${first + 2} is taken by an app of another owner`,
        evidence: [
          {
            first: true,
            facts: { port: first + 2, heldBy: 'an app of another owner' },
          },
        ],
      });
    });

    it('says which process has a wished port, or that of an endpoint that is there', async () => {
      const foreign = await listenOn(first + 3);
      const error: EngineError = await reserve('web', first + 3).catch(e => e);
      expect(error.message).toMatch(
        new RegExp(`^Port ${first + 3} is taken by .+ \\(process \\d+\\)$`),
      );
      expect(error.evidence[0]).toMatchObject({
        source: 'gateway',
        text: `listen EADDRINUSE: address already in use 127.0.0.1:${
          first + 3
        }`,
        facts: { port: first + 3, pid: process.pid },
      });
      foreign.close();
      await once(foreign, 'close');

      await reserve('web', first + 3);
      await knex('leases').insert({
        name: 'gateway',
        holder: 'elsewhere.1.1.x',
        epoch: 1,
        lease_until: 0,
      });
      const later = await listenOn(first + 3);
      await expect(reserve('web')).resolves.toMatchObject({
        stable_port: first + 3, // it may be the gateway of a replica that cannot be seen from here
      });
      later.close();
    });

    it('refuses ports outside of the range, and none left, with the name of the setting', async () => {
      await expect(reserve('web', 22)).rejects.toThrow(
        `stablePort: 22 is not one of the ports ${first} to ${
          first + 5
        } that workspaces.gateway.ports allows`,
      );
      for (const app of ['a', 'b', 'c', 'd', 'e', 'f']) await reserve(app);
      await expect(reserve('g')).rejects.toThrow(
        `None of the ports ${first} to ${
          first + 5
        } of workspaces.gateway.ports is free`,
      );
    });

    it('refuses to move to the port of another endpoint; of several moves at once to one port one is done', async () => {
      const [a, b, c] = [
        await reserve('a'),
        await reserve('b'),
        await reserve('c'),
      ];
      await expect(
        world.endpoints.move(a.id, b.stable_port!),
      ).rejects.toMatchObject({
        name: 'ConflictError',
        message: `stablePort: Port ${b.stable_port} is taken by app "b" of workspace "ws-shop"; choose another port`,
      });
      expect(await world.endpoints.get(a.id)).toEqual(a);
      const moves = await Promise.allSettled(
        [a, c].map(row => world.endpoints.move(row.id, first + 5)),
      );
      expect(moves.map(move => move.status).sort()).toEqual([
        'fulfilled',
        'rejected',
      ]);
      await expect(world.endpoints.move(b.id, 70_000)).rejects.toMatchObject({
        name: 'InputError',
      });
      await expect(world.endpoints.move('nobody', first)).rejects.toMatchObject(
        { name: 'NotFoundError' },
      );
    });

    it('remembers which release drains, and lets nobody wait longer than the drain time where no gateway runs', async () => {
      await reserve('web');
      const switchTo = (release: number | null) =>
        world.endpoints.switchTo(
          world.workspaceId,
          'web',
          release === null ? null : { release, replicas: 1 },
        );
      expect(await switchTo(1)).toMatchObject({
        release: 1,
        draining_release: null,
        state: 'starting',
      });
      const second = await switchTo(2);
      expect(second).toMatchObject({ release: 2, draining_release: 1 });
      expect(await switchTo(2)).toEqual(second);
      expect(await switchTo(null)).toMatchObject({
        release: null,
        draining_release: 2,
        state: 'unknown',
      });

      const waiting = new AbortController();
      const drained = world.endpoints.drained(world.workspaceId, 'web', {
        signal: waiting.signal,
      });
      waiting.abort();
      await expect(drained).rejects.toThrow('aborted');
      await knex('endpoints').update({ draining_since: 0 });
      await world.endpoints.drained(world.workspaceId, 'web', {
        signal: AbortSignal.timeout(5_000),
      });
    });

    it('remembers that replicas drain where fewer get requests, and forgets it where they do again', async () => {
      await reserve('web');
      const switchTo = (replicas: number) =>
        world.endpoints.switchTo(world.workspaceId, 'web', {
          release: 1,
          replicas,
        });
      await switchTo(3);
      await knex('endpoints').update({ state: 'healthy', observed_at: 5 });
      const fewer = await switchTo(1);
      expect(fewer).toMatchObject({
        release: 1,
        replicas: 1,
        draining_release: 1,
        draining_since: expect.any(Number),
        state: 'healthy',
      });
      expect(await switchTo(2)).toMatchObject({
        replicas: 2,
        draining_release: null,
        draining_since: null,
        observed_at: 5,
      });
      expect(await switchTo(0)).toMatchObject({
        replicas: 0,
        draining_release: 1,
        state: 'stopped',
        observed_at: null,
      });
      expect(await switchTo(1)).toMatchObject({
        draining_release: null,
        state: 'starting',
      });
    });

    it('says stopped of what is to have no replica, whatever was seen before', async () => {
      await reserve('web');
      const row = await world.endpoints.switchTo(world.workspaceId, 'web', {
        release: 4,
        replicas: 0,
      });
      const workspace: WorkspaceRow = await knex('workspaces').first();
      const app = { entity_ref: 'component:default/shop.web' } as AppRow;
      const seen = { ...row, state: 'down' as const, observed_at: 5 };
      expect(world.endpoints.toEndpoint(seen, workspace, app).state).toBe(
        'stopped',
      );
    });

    it('D32: reading writes nothing, and what nobody looked at for a minute is unknown', async () => {
      await reserve('web');
      const target = { release: 4, replicas: 1 };
      const row = await world.endpoints.switchTo(
        world.workspaceId,
        'web',
        target,
      );
      await knex('endpoints').update({
        state: 'healthy',
        observed_at: Date.now() - 61_000,
        latency_ms: 3,
        message: 'answered 200',
      });
      const writes: string[] = [];
      const listen = (query: { sql: string }) => {
        if (!/^select/i.test(query.sql)) writes.push(query.sql);
      };
      knex.on('query', listen);
      const found = (await world.endpoints.get(row.id))!;
      const [listed] = await world.endpoints.ofWorkspace(world.workspaceId);
      knex.removeListener('query', listen);

      expect(writes).toEqual([]);
      expect(listed).toEqual(found);
      const workspace: WorkspaceRow = await knex('workspaces').first();
      const app = { entity_ref: 'component:default/shop.web' } as AppRow;
      const answer = world.endpoints.toEndpoint(found, workspace, app);
      expect(answer).toEqual({
        id: row.id,
        workspace: world.workspaceId,
        workspaceName: 'ws-shop',
        app: 'web',
        entityRef: 'component:default/shop.web',
        owner: 'group:default/shop',
        url: `http://127.0.0.1:${row.stable_port}`,
        stablePort: row.stable_port,
        port: 8080,
        release: 4,
        state: 'unknown',
        observedAt: expect.any(String),
        latencyMilliseconds: 3,
        message: 'answered 200',
      });
    });
  },
);

describe('readGatewaySettings', () => {
  const read = (gateway?: object) =>
    readGatewaySettings(
      new ConfigReader({
        backend: { baseUrl: 'https://portal.example:7007' },
        workspaces: gateway ? { gateway } : {},
      }),
    );

  it('has defaults, and takes the name of the portal where all addresses are bound', () => {
    expect(read()).toEqual({
      host: '127.0.0.1',
      publicHost: '127.0.0.1',
      ports: { first: 18000, last: 18999 },
      drainTime: 30_000,
    });
    expect(
      read({
        host: '0.0.0.0',
        ports: '20000-20010',
        drainTime: { seconds: 5 },
      }),
    ).toEqual({
      host: '0.0.0.0',
      publicHost: 'portal.example',
      ports: { first: 20000, last: 20010 },
      drainTime: 5_000,
    });
  });

  it.each(['18000', '20-10', '0-10', '60000-70000', 'a-b'])(
    'refuses the range %p',
    ports => {
      expect(() => read({ ports })).toThrow(
        `workspaces.gateway.ports: "${ports}" is not a range of ports`,
      );
    },
  );
});
