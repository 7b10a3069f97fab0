import { TestDatabases } from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import { until } from './__testUtils__/until';
import { World } from './__testUtils__/world';

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });

describe.each(databases.eachSupportedId())(
  'An endpoint that its engine publishes, on %s',
  databaseId => {
    const workspaceId = randomUUID();
    let knex: Knex;
    let world: World;

    beforeAll(async () => {
      knex = await databases.init(databaseId);
      world = await World.create(knex);
      const owner = 'group:default/shop';
      await world.addWorkspace(workspaceId, 'ws-remote', owner, 'remote');
    });
    afterAll(() => world.close());

    const switchTo = (target: { release: number; replicas: number } | null) =>
      world.endpoints.switchTo(workspaceId, 'web', target);
    const endpoint = () => world.endpoints.find(workspaceId, 'web');

    it('has the address that the engine says, which is told to lead to each release, and drains by itself', async () => {
      const app = await world.upstream('one');
      world.remote.url = `http://127.0.0.1:${app.port}`;
      const reserved = await world.endpoints.reserve({
        workspaceId,
        app: 'web',
        port: 8080,
      });
      expect(world.endpoints.publicUrl(reserved)).toBeUndefined();

      const targets = [
        { release: 1, replicas: 1 },
        { release: 2, replicas: 1 },
      ];
      for (const target of targets) {
        const row = await switchTo(target);
        expect(world.endpoints.publicUrl(row)).toBe(world.remote.url);
        await switchTo(target); // after a crash: it is asked once more, and stays
      }
      const [first, second] = targets;
      expect(world.remote.targets).toEqual([first, first, second, second]);
      expect(await endpoint()).toMatchObject({ draining_release: null });
      await world.endpoints.drained(workspaceId, 'web', {
        signal: AbortSignal.timeout(1_000),
      });
    });

    it('is looked at where it is, and its health is said', async () => {
      world.gateway().start();
      await until(
        'it is healthy',
        async () => (await endpoint())?.state === 'healthy',
      );
    });

    it('has no address any more when it leads nowhere', async () => {
      const row = await switchTo(null);
      expect(world.remote.targets.at(-1)).toBeNull();
      expect(world.endpoints.publicUrl(row)).toBeUndefined();
      expect(await endpoint()).toMatchObject({ url: null, release: null });
    });
  },
);
