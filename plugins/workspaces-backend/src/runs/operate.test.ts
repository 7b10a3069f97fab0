import { TestDatabases } from '@backstage/backend-test-utils';
import type { AppSpec } from '@slipway/backstage-plugin-workspaces-common';
import { runLogStream } from '../logs/LogStore';
import type { WorkspaceRow } from '../store/rows';
import type { RunWorker } from './RunWorker';
import { createWorld, statesOf, type World } from './__testUtils__/createWorld';
import { gate } from './__testUtils__/ScriptedEngine';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });
const by = 'user:default/guest';
const migration = { command: ['npm', 'run', 'migrate'] };

describe.each(databases.eachSupportedId())('Operating on %s', databaseId => {
  let world: World;
  let worker: RunWorker | undefined;

  beforeEach(async () => {
    world = await createWorld(await databases.init(databaseId));
  });

  afterEach(async () => {
    await worker?.stop();
    worker = undefined;
  });

  function work(): void {
    worker = world.worker('a', {}, { deadlines: { verify: 1 } });
    worker.start();
  }

  /** A workspace whose app "web" is served by release 1. */
  async function served(spec: Partial<AppSpec> = {}): Promise<WorkspaceRow> {
    const workspace = await world.workspace({ web: spec });
    if (!worker) work();
    await world.ended((await world.start(workspace)).id);
    world.scripted.asked.length = 0;
    world.scripted.begun.length = 0;
    return workspace;
  }

  const restart = (workspace: WorkspaceRow) =>
    world.service.startRestart(workspace, 'web', {}, { by });
  const scale = (workspace: WorkspaceRow, replicas: number) =>
    world.service.startScale(workspace, 'web', { replicas }, { by });
  const releases = async (workspace: WorkspaceRow) =>
    (await world.workspaces.releases(workspace.id, 'web')).map(
      ({ number, state, spec }) =>
        `${number} ${state} x${JSON.parse(spec).replicas ?? 1}`,
    );
  const specOf = async (workspace: WorkspaceRow): Promise<AppSpec> =>
    JSON.parse((await world.workspaces.app(workspace.id, 'web'))!.spec);
  const endpointOf = (workspace: WorkspaceRow) =>
    world.endpoints.find(workspace.id, 'web');

  /** What the public address of an app answers from now on. */
  function answer(ok: boolean): void {
    world.services.endpoints.publicUrl = () => 'http://web.test';
    const status = ok ? 200 : 500;
    world.services.probe = async () => ({
      ok,
      status,
      latencyMilliseconds: 1,
      message: `answered ${status}`,
    });
  }

  describe('a restart', () => {
    it('deploys what serves once more, under the next number and beside it, and builds nothing', async () => {
      const workspace = await served({ migration });
      const { id } = await restart(workspace);
      const run = await world.ended(id);
      expect(run).toMatchObject({ kind: 'restart', state: 'succeeded' });
      expect(statesOf(run)).toEqual({
        'deploy/web': 'succeeded',
        'expose/web': 'succeeded',
        'verify/web': 'succeeded',
      });
      expect(world.scripted.asked).toEqual(['app: web 2 x1', 'all: web 2 x1']);
      expect(await releases(workspace)).toEqual([
        '2 serving x1',
        '1 superseded x1',
      ]);
      const [second, first] = await world.workspaces.releases(
        workspace.id,
        'web',
      );
      expect(second).toEqual({
        ...first,
        number: 2,
        run_id: id,
        state: 'serving',
        migration: null,
        created_at: second.created_at,
        served_at: expect.any(Number),
      });
      expect(await endpointOf(workspace)).toMatchObject({ release: 2 });
    });

    it('lets the old one serve on where the new one fails, and does so with a retry what it did not', async () => {
      const workspace = await served();
      answer(false);
      const { id } = await restart(workspace);
      expect(statesOf(await world.ended(id))['verify/web']).toBe('failed');
      expect(await releases(workspace)).toEqual([
        '2 failed x1',
        '1 serving x1',
      ]);
      expect(await endpointOf(workspace)).toMatchObject({ release: 1 });
      expect(world.scripted.asked.at(-1)).toBe('all: web 1 x1');

      answer(true);
      await world.service.retry(id, undefined, { by });
      await world.until(id, run => run.state === 'succeeded');
      expect(await releases(workspace)).toEqual([
        '2 serving x1',
        '1 superseded x1',
      ]);
      await expect(world.service.retry(id, 'deploy', { by })).rejects.toThrow(
        'Run 2 has restarted the app; start another restart',
      );
    });

    it('is refused where nothing serves the app, or it is stopped', async () => {
      const workspace = await world.workspace({ web: {} });
      await expect(restart(workspace)).rejects.toMatchObject({
        name: 'ConflictError',
        message: 'No release serves "web"; deploy it first',
      });
      await expect(
        world.service.startRestart(workspace, 'api', {}, { by }),
      ).rejects.toMatchObject({ name: 'NotFoundError' });
      const stopped = await served({ replicas: 0 });
      await expect(restart(stopped)).rejects.toThrow(
        '"web" is stopped: it is scaled to 0 replicas; scale it up to start it',
      );
    });
  });

  describe('a change of a password', () => {
    /** The same with a cache; `version` tells how often its password was changed. */
    async function servedWithCache(spec: Partial<AppSpec> = {}) {
      const workspace = await served(spec);
      const id = await world.addCache(workspace);
      return { workspace, password: () => world.secrets.reveal(id) };
    }
    const change = (workspace: WorkspaceRow) =>
      world.service.startPasswordChange(workspace, 'redis', {}, { by });

    it('makes one up when it is carried out, and then restarts what serves', async () => {
      const { workspace, password } = await servedWithCache();
      let seen = '';
      world.scripted.script('dependencies', async () => {
        seen = (await password()).value;
      });
      const run = await world.ended((await change(workspace)).id);
      expect(run).toMatchObject({
        kind: 'password',
        state: 'succeeded',
        reason: 'New password of redis',
      });
      expect(world.scripted.asked).toEqual([
        'dependencies: web 1 x1',
        'app: web 2 x1',
        'all: web 2 x1',
      ]);
      expect(seen).toMatch(/^[0-9a-f]{48}$/);
      expect(await password()).toEqual({ value: seen, version: 2 });
    });

    it('is the same when the stage is carried out again', async () => {
      const { workspace, password } = await servedWithCache();
      world.scripted.script('dependencies', async () => {
        throw new Error('the cache does not come up');
      });
      const { id } = await change(workspace);
      await world.until(id, run => run.state === 'failed');
      const made = await password();
      world.scripted.script('dependencies', async () => {});
      await world.service.retry(id, undefined, { by });
      await world.until(id, run => run.state === 'succeeded');
      expect(await password()).toEqual(made);
      await expect(
        world.service.retry(id, 'dependencies', { by }),
      ).rejects.toThrow(/has changed the password; start another change$/);
    });

    it('is completed where it is cancelled half way, so that what serves goes on', async () => {
      const { workspace, password } = await servedWithCache();
      const held = gate();
      world.scripted.script('dependencies', held.script);
      const { id } = await change(workspace);
      await held.begun;
      await world.service.cancel(id, { by });
      expect(await world.ended(id)).toMatchObject({ state: 'cancelled' });
      expect(world.scripted.asked).toEqual([
        'dependencies: web 1 x1',
        'all: web 1 x1',
      ]);
      expect(await password()).toMatchObject({ version: 2 });
    });

    it('is done once where it was asked for twice, and the second run says so', async () => {
      const { workspace, password } = await servedWithCache();
      const [first, second] = [
        await change(workspace),
        await change(workspace),
      ];
      await world.ended(first.id);
      expect(await world.ended(second.id)).toMatchObject({
        state: 'succeeded',
      });
      expect(await password()).toMatchObject({ version: 2 });
      const { items } = await world.logs.page(
        runLogStream(second.id, 'dependencies'),
      );
      expect(items.map(({ text }) => text)).toContain(
        'redis has got a new password already since this was asked for',
      );
    });

    it('restarts no app that is stopped, or was never deployed', async () => {
      const { workspace } = await servedWithCache({ replicas: 0 });
      const { id } = await change(workspace);
      expect(statesOf(await world.ended(id))).toEqual({
        dependencies: 'succeeded',
      });
    });

    it('is refused where there is no such dependency', async () => {
      const workspace = await served();
      await expect(change(workspace)).rejects.toMatchObject({
        name: 'NotFoundError',
        message: `The workspace "${workspace.name}" has no dependency "redis"`,
      });
    });
  });

  describe('a scale', () => {
    it('changes the replicas of the release that serves, and later deployments keep the number', async () => {
      const workspace = await served();
      const { id, reason } = await scale(workspace, 3);
      expect(reason).toBe('Scale of web to 3 replicas');
      expect(await world.ended(id)).toMatchObject({ state: 'succeeded' });
      expect(world.scripted.asked).toEqual(['app: web 1 x3', 'all: web 1 x3']);
      expect(await releases(workspace)).toEqual(['1 serving x3']);
      expect(await endpointOf(workspace)).toMatchObject({
        release: 1,
        replicas: 3,
      });

      await world.ended((await world.start(workspace)).id);
      expect(await releases(workspace)).toEqual([
        '2 serving x3',
        '1 superseded x3',
      ]);
    });

    it('lets replicas that are to go answer what they have before they are removed', async () => {
      const workspace = await served({ replicas: 2 });
      const seen: unknown[] = [];
      world.services.endpoints.drained = async (workspaceId, app) => {
        const endpoint = await world.endpoints.find(workspaceId, app);
        seen.push(endpoint?.replicas, [...world.scripted.asked]);
      };
      const { id } = await scale(workspace, 1);
      await world.ended(id);
      expect(seen).toEqual([1, ['app: web 1 x1']]);
      expect(world.scripted.asked).toEqual(['app: web 1 x1', 'all: web 1 x1']);
    });

    it.each(['deploy', 'verify'])(
      'that fails in %s leaves what serves as it was, and is done with a retry',
      async stage => {
        const workspace = await served();
        if (stage === 'verify') answer(false);
        else {
          world.scripted.script('deploy/web', async () => {
            throw new Error('there is no room');
          });
        }
        const { id } = await scale(workspace, 3);
        expect(statesOf(await world.ended(id))[`${stage}/web`]).toBe('failed');
        expect(await releases(workspace)).toEqual(['1 serving x1']);
        expect(await endpointOf(workspace)).toMatchObject({
          release: 1,
          replicas: 1,
        });
        expect(world.scripted.asked.at(-1)).toBe('all: web 1 x1');

        answer(true);
        world.scripted.script('deploy/web', async () => {});
        await world.service.retry(id, undefined, { by });
        await world.until(id, run => run.state === 'succeeded');
        expect(await releases(workspace)).toEqual(['1 serving x3']);
      },
    );

    it('to 0 stops the app without asking it anything, and up again it is at the same address', async () => {
      const workspace = await served();
      const before = await endpointOf(workspace);
      answer(false);
      const { id } = await scale(workspace, 0);
      expect(await world.ended(id)).toMatchObject({ state: 'succeeded' });
      expect(await world.log(id, 'verify', 'web')).toEqual([
        'web is stopped: release 1 has no replica',
      ]);
      expect(await releases(workspace)).toEqual(['1 serving x0']);
      answer(true);
      await world.ended((await scale(workspace, 1)).id);
      expect(await releases(workspace)).toEqual(['1 serving x1']);
      const after = await endpointOf(workspace);
      expect(after).toMatchObject({ id: before?.id, release: 1, replicas: 1 });
      expect(world.scripted.asked).toEqual([
        'app: web 1 x0',
        'all: web 1 x0',
        'app: web 1 x1',
        'all: web 1 x1',
      ]);
    });

    it('is kept by a rollback', async () => {
      const workspace = await served();
      await world.ended((await world.start(workspace)).id);
      await world.ended((await scale(workspace, 2)).id);
      const back = await world.service.startRollback(
        workspace,
        'web',
        { release: 1 },
        { by },
      );
      await world.ended(back.id);
      expect(world.scripted.asked.slice(-2)).toEqual([
        'app: web 1 x2',
        'all: web 1 x2',
      ]);
      expect(await releases(workspace)).toEqual([
        '2 superseded x2',
        '1 serving x2',
      ]);
    });

    it('that is asked for again is what later deployments keep', async () => {
      const workspace = await served();
      const { id } = await scale(workspace, 3);
      await world.ended(id);
      await world.ended((await scale(workspace, 2)).id);
      expect((await specOf(workspace)).replicas).toBe(2);
      await world.service.retry(id, 'deploy', { by });
      await world.until(id, run => run.state === 'succeeded');
      expect((await specOf(workspace)).replicas).toBe(3);
      expect(await releases(workspace)).toEqual(['1 serving x3']);
    });

    it('is refused where nothing serves the app, or the engine cannot', async () => {
      const workspace = await world.workspace({ web: {} });
      await expect(scale(workspace, 2)).rejects.toMatchObject({
        name: 'ConflictError',
        message: 'No release serves "web"; deploy it first',
      });
      const able = await served();
      Object.assign(world.scripted.engine.abilities, { replicas: false });
      await expect(scale(able, 2)).rejects.toThrow(
        'replicas: the engine "scripted" cannot run more than one replica; accepted are 0 and 1',
      );
      expect((await specOf(able)).replicas).toBeUndefined();
    });
  });

  it('concerns what serves when it is carried out, not what did when it was asked for', async () => {
    const workspace = await served();
    await worker?.stop();
    const runs = [
      await world.start(workspace),
      await scale(workspace, 2),
      await restart(workspace),
    ];
    work();
    for (const { id } of runs) await world.ended(id);
    const [third, second, first] = await world.workspaces.releases(
      workspace.id,
      'web',
    );
    expect(await releases(workspace)).toEqual([
      '3 serving x2',
      '2 superseded x2',
      '1 superseded x1',
    ]);
    expect(third.image).toBe(second.image);
    expect(third.image).not.toBe(first.image);
  });
});
