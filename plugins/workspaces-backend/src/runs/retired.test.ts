import { TestDatabases } from '@backstage/backend-test-utils';
import type { BuildRequest } from '@slipway/backstage-plugin-workspaces-node';
import type { WorkspaceRow } from '../store/rows';
import { Engines } from '../workspaces/Engines';
import { ImageRetention } from '../workspaces/ImageRetention';
import type { RunWorker } from './RunWorker';
import { createWorld, statesOf, type World } from './__testUtils__/createWorld';
import { gate } from './__testUtils__/ScriptedEngine';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });
const by = 'user:default/guest';
const waits = 'Waits until an image that is not needed any more is removed';
const why =
  'its image was removed, as only those that served last are kept (workspaces.releases.keep)';

describe.each(databases.eachSupportedId())(
  'What runs do with images that are not kept, on %s',
  databaseId => {
    let world: World;
    let worker: RunWorker;
    let workspace: WorkspaceRow;
    /** What the registry holds. */
    let there: Set<string>;
    /** Comes before an image is removed. */
    let beforeRemoval: () => Promise<void>;
    let retention: ImageRetention;
    /** The content of the source, which alone says which image comes of it. */
    let source: string;
    let builds: number;

    beforeEach(async () => {
      world = await createWorld(await databases.init(databaseId));
      workspace = await world.workspace({ web: {} });
      there = new Set();
      beforeRemoval = async () => {};
      builds = 0;
      const { engine, builder } = world.scripted;
      engine.removeImage = async image => {
        await beforeRemoval();
        return { outcome: there.delete(image) ? 'removed' : 'absent' };
      };
      builder.build = async function* build({ app }: BuildRequest) {
        builds++;
        const digest = `sha256:${source}`;
        const image = `registry.test/${app}@${digest}`;
        there.add(image);
        yield { type: 'image', image, digest };
      };
      const engines = new Engines();
      engines.addEngine({ engine, builder });
      const { workspaces, images, logger } = world;
      retention = new ImageRetention({
        engines,
        workspaces,
        images,
        keep: 2,
        logger,
      });
      worker = world.worker('a');
      worker.start();
    });

    afterEach(() => worker.stop());

    async function deploy(content: string) {
      source = content;
      const { id } = await world.start(workspace);
      return world.ended(id);
    }
    const releases = async () =>
      (await world.workspaces.releases(workspace.id, 'web'))
        .map(({ number, state }) => `${number} ${state}`)
        .reverse();
    const rollBack = (release: number) =>
      world.service.startRollback(workspace, 'web', { release }, { by });

    it('refuse to roll back to them, and say why and what to do instead', async () => {
      for (const content of ['a', 'b', 'c']) await deploy(content);
      await retention.removeOld();
      expect([...there]).toEqual([
        'registry.test/web@sha256:b',
        'registry.test/web@sha256:c',
      ]);
      await expect(rollBack(1)).rejects.toThrow(
        `release: 1 of "web" cannot serve again: ${why}; roll back to a newer release, or deploy its source again`,
      );
      const ended = await world.ended((await rollBack(2)).id);
      expect(ended.state).toBe('succeeded');
    });

    it('refuse to roll back to what is retired while that is asked for', async () => {
      for (const content of ['a', 'b', 'c']) await deploy(content);
      const found = await world.workspaces.releases(workspace.id, 'web');
      const read = jest.spyOn(world.workspaces, 'releases');
      read.mockImplementationOnce(async () => {
        await retention.removeOld();
        return found; // as they were a moment ago
      });
      await expect(rollBack(1)).rejects.toThrow(
        `release: 1 cannot serve again: ${why}`,
      );
      read.mockRestore();
      expect(await world.knex('runs').where({ kind: 'rollback' })).toEqual([]);
    });

    it('keep what a queued rollback is to bring back', async () => {
      for (const content of ['a', 'b', 'c']) await deploy(content);
      await worker.stop();
      const back = await rollBack(1);
      expect(await retention.removeOld()).toBe(0);
      worker = world.worker('b');
      worker.start();
      expect((await world.ended(back.id)).state).toBe('succeeded');
      expect(await retention.removeOld()).toBe(1);
      expect(await releases()).toEqual([
        '1 serving',
        '2 retired',
        '3 superseded',
      ]);
    });

    it('refuse a retry that would deploy one, until it builds it again', async () => {
      const first = await deploy('a');
      for (const content of ['b', 'c']) await deploy(content);
      await retention.removeOld();
      for (const from of ['deploy', 'verify'] as const)
        await expect(
          world.service.retry(first.id, from, { by }),
        ).rejects.toThrow(
          `Run 1 cannot deploy "web" again: ${why}; retry it from build, which makes the image again`,
        );
      expect((await world.runs.get(first.id))?.state).toBe('succeeded');

      source = 'a';
      await world.service.retry(first.id, 'build', { by });
      expect((await world.ended(first.id)).state).toBe('succeeded');
      expect([...there]).toContain('registry.test/web@sha256:a');
      expect(await releases()).toEqual([
        '1 serving',
        '2 superseded',
        '3 superseded',
      ]);
    });

    it('refuse a retry of a run that changed nothing and so made no release', async () => {
      await deploy('a');
      world.scripted.engine.plan = async () => [
        { kind: 'app', name: 'web', action: 'keep' },
      ];
      const same = await deploy('a');
      expect(statesOf(same)['deploy/web']).toBe('skipped');
      for (const content of ['b', 'c']) await deploy(content);
      await retention.removeOld();
      await expect(
        world.service.retry(same.id, 'deploy', { by }),
      ).rejects.toThrow(`Run 2 cannot deploy "web" again: ${why}`);
    });

    it('refuse a retry of a rollback to one', async () => {
      for (const content of ['a', 'b']) await deploy(content);
      const back = await rollBack(1);
      await world.ended(back.id);
      for (const content of ['c', 'd']) await deploy(content);
      await retention.removeOld();
      await expect(
        world.service.retry(back.id, 'deploy', { by }),
      ).rejects.toThrow(
        `Run 3 cannot deploy "web" again: ${why}; roll back to a newer release`,
      );
    });

    it('find what a failed run has built when it is retried', async () => {
      world.scripted.script('deploy/web', async () => {
        throw new Error('no room');
      });
      const failed = await deploy('a');
      expect(failed.state).toBe('failed');
      world.scripted.script('deploy/web', async () => {});
      for (const content of ['b', 'c', 'd']) await deploy(content);
      await retention.removeOld();
      expect([...there].map(image => image.at(-1))).toEqual(['a', 'c', 'd']);
      const before = builds;
      await world.service.retry(failed.id, undefined, { by });
      expect((await world.ended(failed.id)).state).toBe('succeeded');
      expect(builds).toBe(before);
    });

    it('offer an old release again whose image was built once more', async () => {
      for (const content of ['a', 'b', 'c']) await deploy(content);
      await retention.removeOld();
      expect(await releases()).toContain('1 retired');
      await deploy('a');
      expect(await releases()).toEqual([
        '1 superseded',
        '2 superseded',
        '3 superseded',
        '4 serving',
      ]);
    });

    it('build nothing while an image of the app is being removed, which might be the same', async () => {
      for (const content of ['a', 'b', 'c']) await deploy(content);
      const held = gate();
      beforeRemoval = held.script as () => Promise<void>;
      const removal = retention.removeOld();
      await held.begun;
      const before = builds;
      source = 'a';
      const isRemoving = world.images.isRemoving.bind(world.images);
      const seen = new Promise<void>(resolve => {
        world.images.isRemoving = async (...args) => {
          const answer = await isRemoving(...args);
          if (answer) resolve();
          return answer;
        };
      });
      const { id } = await world.start(workspace);
      await seen;
      expect(builds).toBe(before);
      held.open();
      expect(await removal).toBe(1);
      expect((await world.ended(id)).state).toBe('succeeded');
      expect(await world.log(id, 'build', 'web')).toContain(waits);
      expect([...there].map(image => image.at(-1))).toContain('a');
    });

    it('wait for no removal that was begun long ago by a process that died', async () => {
      for (const content of ['a', 'b', 'c']) await deploy(content);
      await world.images.retireNext(workspace.id, 2);
      await world
        .knex('releases')
        .where({ state: 'retiring' })
        .decrement('retired_at', 31_000);
      const ended = await deploy('d');
      expect(ended.state).toBe('succeeded');
      expect(await world.log(ended.id, 'build', 'web')).not.toContain(waits);
    });
  },
);
