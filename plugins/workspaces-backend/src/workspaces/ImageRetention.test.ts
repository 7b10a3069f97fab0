import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import type {
  ImageRemoval,
  WorkspaceEngine,
} from '@slipway/backstage-plugin-workspaces-node';
import { randomUUID } from 'node:crypto';
import { FakeEngine } from '../__testUtils__/FakeEngine';
import { createWorld, type World } from '../runs/__testUtils__/createWorld';
import { readDatabaseNow } from '../store/database';
import { insertRun } from '../store/runChanges';
import type { RunRow, WorkspaceRow } from '../store/rows';
import { Engines } from './Engines';
import { ImageRetention } from './ImageRetention';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });
const by = 'user:default/guest';
const image = (digest: number | string, app = 'web') =>
  `registry.test/slipway/${app}@sha256:${digest}`;

describe.each(databases.eachSupportedId())(
  'The retention of images on %s',
  databaseId => {
    let world: World;
    let workspace: WorkspaceRow;
    let retention: ImageRetention;
    const logger = mockServices.logger.mock();
    /** The images that the registry was asked to remove. */
    let asked: string[];
    let answer: (name: string) => Promise<ImageRemoval>;

    beforeEach(async () => {
      world = await createWorld(await databases.init(databaseId));
      workspace = await world.workspace({ web: {}, api: {} });
      asked = [];
      logger.warn.mockClear();
      answer = async () => ({ outcome: 'removed' });
      retention = keeping(2);
    });

    afterEach(() => jest.restoreAllMocks());

    function removing(id = 'scripted'): WorkspaceEngine {
      const removeImage: WorkspaceEngine['removeImage'] = async name => {
        asked.push(name);
        return answer(name);
      };
      return Object.assign(new FakeEngine(id), { removeImage });
    }

    function keeping(
      keep: number,
      all: WorkspaceEngine[] = [removing()],
    ): ImageRetention {
      const engines = new Engines();
      const { builder } = world.scripted;
      for (const engine of all) engines.addEngine({ engine, builder });
      const { workspaces, images } = world;
      return new ImageRetention({ engines, workspaces, images, keep, logger });
    }

    /** A release of a run of its own, which has served unless that is told otherwise. */
    async function release(
      name: string,
      options: { app?: string; run?: string; of?: WorkspaceRow } = {},
    ) {
      const { app = 'web', run = randomUUID(), of = workspace } = options;
      return world.workspaces.createRelease({
        workspace_id: of.id,
        app,
        run_id: run,
        image: name,
        revision: null,
        spec: '{}',
        dependency_versions: '{}',
        migration: null,
      });
    }
    async function serve(number: number, app = 'web', of = workspace) {
      const target = { release: number, replicas: 1 };
      await world.knex.transaction(trx =>
        world.workspaces.setServing(of.id, app, target, trx),
      );
      const now = await readDatabaseNow(world.knex);
      while ((await readDatabaseNow(world.knex)) <= now); // what serves next does so later
    }
    async function served(...names: string[]): Promise<void> {
      for (const name of names) await serve((await release(name)).number);
    }
    const releases = async () =>
      (await world.workspaces.releases(workspace.id, 'web'))
        .map(({ number, state }) => `${number} ${state}`)
        .reverse();
    const warnings = () => logger.warn.mock.calls.map(([text]) => text);

    /** Ends a run as if a worker had carried it out. */
    async function end(run: RunRow, state: string, built?: string) {
      await world.knex('runs').where({ id: run.id }).update({ state });
      if (built === undefined) return;
      await world
        .knex('stages')
        .where({ run_id: run.id, stage: 'build', app: 'web' })
        .update({
          state: 'succeeded',
          outputs: JSON.stringify({ image: built }),
        });
    }

    it('keeps those that served last, and the history of the others', async () => {
      await served(image(1), image(2), image(3), image(4));
      expect(await retention.removeOld()).toBe(2);
      expect(asked).toEqual([image(1), image(2)]);
      expect(await releases()).toEqual([
        '1 retired',
        '2 retired',
        '3 superseded',
        '4 serving',
      ]);
      expect(await retention.removeOld()).toBe(0);
      expect(asked).toHaveLength(2);
    });

    it('keeps as many of each app', async () => {
      await served(image(1), image(2));
      const name = image(1, 'api');
      await serve((await release(name, { app: 'api' })).number, 'api');
      expect(await retention.removeOld()).toBe(0);
      expect(asked).toEqual([]);
    });

    it('counts a release that was gone back to as the last that served', async () => {
      await served(image(1), image(2), image(3));
      await serve(1);
      await retention.removeOld();
      expect(asked).toEqual([image(2)]);
      expect(await releases()).toEqual([
        '1 serving',
        '2 retired',
        '3 superseded',
      ]);
      await served(image(4));
      await retention.removeOld();
      expect(await releases()).toEqual([
        '1 superseded',
        '2 retired',
        '3 retired',
        '4 serving',
      ]);
    });

    it('counts images, of which restarts make further releases', async () => {
      await served(image(1), image(2), image(2), image(2));
      await retention.removeOld();
      expect(asked).toEqual([]);
      await served(image(3));
      await retention.removeOld();
      expect(asked).toEqual([image(1)]);
    });

    it('keeps an image that a kept release names beside an old one', async () => {
      await served(image(1), image(2), image(1), image(3));
      await retention.removeOld();
      expect(asked).toEqual([image(2)]);
      expect(await releases()).toEqual([
        '1 superseded',
        '2 retired',
        '3 superseded',
        '4 serving',
      ]);
    });

    it('keeps what serves, whatever is known of when others did', async () => {
      await served(image(1), image(2), image(3));
      await world
        .knex('releases')
        .where({ number: 3 })
        .update({ served_at: 1 });
      await retention.removeOld();
      expect(asked).toEqual([]);
    });

    it('counts what a portal of an earlier version let serve, which notes no moment', async () => {
      await served(image(1), image(2), image(3));
      await world
        .knex('releases')
        .where({ number: 2 })
        .update({ served_at: null });
      await retention.removeOld();
      expect(asked).toEqual([image(1)]);
    });

    it('keeps nothing for a retry that an app does not need, as it got through', async () => {
      const run = await world.start(workspace);
      await end(run, 'failed', image(1));
      await world
        .knex('stages')
        .where({ run_id: run.id, stage: 'verify', app: 'web' })
        .update({ state: 'succeeded' });
      const { number } = await release(image(1), { run: run.id });
      await serve(number);
      await served(image(2), image(3));
      await retention.removeOld();
      expect(asked).toEqual([image(1)]);
    });

    it('removes the image of a release that never served and that no run waits for', async () => {
      const { number } = await release(image('failed'));
      await world.knex.transaction(trx =>
        world.workspaces.failRelease(workspace.id, 'web', number, trx),
      );
      await retention.removeOld();
      expect(asked).toEqual([image('failed')]);
    });

    it.each(['failed', 'cancelled'])(
      'keeps what a run has built that %s, for a retry of it',
      async state => {
        const run = await world.start(workspace);
        await end(run, state, image(1));
        await release(image(1), { run: run.id });
        await served(image(1), image(2), image(3));
        await world.knex('releases').where({ number: 1 }).update({ state });
        await retention.removeOld();
        expect(asked).toEqual([]);
        await end(run, 'succeeded');
        await retention.removeOld();
        expect(asked).toEqual([image(1)]);
      },
    );

    it('keeps what a rollback has failed to bring back, for a retry of it', async () => {
      await served(image(1), image(2));
      const back = await world.service.startRollback(
        workspace,
        'web',
        { release: 1 },
        { by },
      );
      await end(back, 'failed');
      await served(image(3), image(4));
      await retention.removeOld();
      expect(asked).toEqual([image(2)]);
    });

    it.each(['queued', 'running'])(
      'removes nothing of a workspace while a run of it is %s',
      async state => {
        await served(image(1), image(2), image(3));
        const run = await world.start(workspace);
        await end(run, state);
        expect(await retention.removeOld()).toBe(0);
        expect(asked).toEqual([]);
        await end(run, 'succeeded');
        expect(await retention.removeOld()).toBe(1);
      },
    );

    if (databaseId === 'POSTGRES_15') {
      it('waits for what asks for a run at this moment', async () => {
        await served(image(1), image(2), image(3));
        const record = {
          workspaceId: workspace.id,
          kind: 'deploy' as const,
          apps: ['web'],
          input: {},
          stages: [{ stage: 'build' as const, app: 'web' }],
          createdBy: by,
        };
        const asking = await world.knex.transaction();
        await insertRun(asking, record);
        let ended = false;
        const removal = retention.removeOld().finally(() => {
          ended = true;
        });
        for (let waiting = 0; waiting === 0 && !ended; ) {
          const { rows } = await world.knex.raw(
            `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          );
          waiting = rows.length;
        }
        await asking.commit();
        expect(await removal).toBe(0);
        expect(asked).toEqual([]);
      });
    }

    it('keeps content that a release of another app or workspace names', async () => {
      const other = await world.workspace({ web: {} });
      await served(image(1), image(2), image(3), image(4));
      const inApi = await release(image(1, 'api'), { app: 'api' });
      await serve(inApi.number, 'api');
      const inOther = await release(image(2, 'other'), { of: other });
      await serve(inOther.number, 'web', other);
      await retention.removeOld();
      expect(asked).toEqual([]);
    });

    it('retires nothing where the registry refuses, and says so once', async () => {
      await served(image(1), image(2), image(3), image(4));
      answer = async () => ({ outcome: 'refused', reason: '405 UNSUPPORTED' });
      for (const _ of [1, 2]) expect(await retention.removeOld()).toBe(0);
      expect(asked).toEqual([image(1), image(1)]); // one of them, each time
      expect(await releases()).toEqual([
        '1 superseded',
        '2 superseded',
        '3 superseded',
        '4 serving',
      ]);
      expect(warnings()).toEqual([
        'Images on scripted that nobody needs stay, and can be rolled back to: 405 UNSUPPORTED',
      ]);
      answer = async () => ({ outcome: 'removed' });
      expect(await retention.removeOld()).toBe(2);
    });

    it('retires nothing on an engine that keeps its images', async () => {
      await served(image(1), image(2), image(3));
      const keepsAll = new FakeEngine('scripted');
      expect(await keeping(2, [keepsAll]).removeOld()).toBe(0);
      expect(await releases()).toEqual([
        '1 superseded',
        '2 superseded',
        '3 serving',
      ]);
    });

    it('offers no release of which it is not known whether its image is gone, and asks again', async () => {
      await served(image(1), image(2), image(3));
      answer = async () => {
        throw new Error('the registry is away');
      };
      expect(await retention.removeOld()).toBe(0);
      expect(warnings()).toEqual([
        expect.stringContaining('was not removed: Error: the registry is away'),
      ]);
      expect(await releases()).toEqual([
        '1 retiring',
        '2 superseded',
        '3 serving',
      ]);
      await expect(
        world.service.startRollback(workspace, 'web', { release: 1 }, { by }),
      ).rejects.toThrow('its image is being removed');
      answer = async () => ({ outcome: 'absent' });
      expect(await retention.removeOld()).toBe(1);
      expect(await releases()).toEqual([
        '1 retired',
        '2 superseded',
        '3 serving',
      ]);
    });

    it.each([
      ['before the image is removed', { removed: false }],
      ['before that is written down', { removed: true }],
    ])(
      'completes what a process has begun that died %s',
      async (_, { removed }) => {
        await served(image(1), image(2), image(3));
        const there = new Set([image(1)]);
        answer = async name => ({
          outcome: there.delete(name) ? 'removed' : 'absent',
        });
        expect(await world.images.retireNext(workspace.id, 2)).toBe(image(1));
        if (removed) await answer(image(1));
        expect(await releases()).toContain('1 retiring');
        await retention.removeOld();
        expect(there.size).toBe(0);
        expect(await releases()).toContain('1 retired');
      },
    );

    it('counts no image among those that are kept whose removal was begun', async () => {
      await served(image(1), image(2), image(3));
      await world.images.retireNext(workspace.id, 2);
      await keeping(3).removeOld();
      expect(asked).toEqual([image(1)]);
    });

    it('removes nothing more when it stood still for longer than builds wait', async () => {
      await served(image(1), image(2), image(3));
      const now = jest.spyOn(performance, 'now');
      const retireNext = world.images.retireNext.bind(world.images);
      world.images.retireNext = async (...args) => {
        const found = await retireNext(...args);
        now.mockReturnValue(Number.MAX_SAFE_INTEGER); // a paused machine
        return found;
      };
      expect(await retention.removeOld()).toBe(0);
      expect(asked).toEqual([]);
      expect(await releases()).toContain('1 retiring');
    });

    it('goes on with other workspaces where one image cannot be removed', async () => {
      await served(image(1), image(2), image(3));
      const other = await world.workspace({ web: {} });
      for (const digest of [4, 5, 6]) {
        const { number } = await release(image(digest), { of: other });
        await serve(number, 'web', other);
      }
      answer = async name => {
        if (name === image(1)) throw new Error('HTTP 500');
        return { outcome: 'removed' };
      };
      expect(await retention.removeOld()).toBe(1);
      expect(asked.sort()).toEqual([image(1), image(4)].sort());
      expect(warnings()).toEqual([expect.stringContaining('HTTP 500')]);
    });

    it('goes on with other engines where one fails', async () => {
      await served(image(1), image(2), image(3));
      const broken = Object.assign(new FakeEngine('broken'), {
        removeImage: () => Promise.reject(new Error('the registry is away')),
      });
      const other = await world.workspace({ web: {} });
      await world
        .knex('workspaces')
        .where({ id: other.id })
        .update({ engine: 'broken' });
      for (const digest of [4, 5, 6]) {
        const { number } = await release(image(digest), { of: other });
        await serve(number, 'web', other);
      }
      expect(await keeping(2, [broken, removing()]).removeOld()).toBe(1);
      expect(asked).toEqual([image(1)]);
    });
  },
);
