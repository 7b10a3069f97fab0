import { TestDatabases } from '@backstage/backend-test-utils';
import type { WorkspaceRow } from '../store/rows';
import type { RunWorker } from './RunWorker';
import { createWorld, statesOf, type World } from './__testUtils__/createWorld';
import { gate } from './__testUtils__/ScriptedEngine';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });
const by = 'user:default/guest';

describe.each(databases.eachSupportedId())('Images on %s', databaseId => {
  let world: World;
  let worker: RunWorker | undefined;

  beforeEach(async () => {
    world = await createWorld(await databases.init(databaseId));
    world.services.settings.keptReleases = 2;
  });

  afterEach(async () => {
    await worker?.stop();
    worker = undefined;
  });

  function work(): void {
    worker = world.worker('a');
    worker.start();
  }

  const statesOfReleases = async (id: string) =>
    (await world.workspaces.releases(id, 'web')).map(
      ({ number, state }) => `${number} ${state}`,
    );
  const deploy = async (workspace: WorkspaceRow) => {
    const { id } = await world.start(workspace);
    return world.ended(id);
  };

  it('keeps the images of the last releases that served, and offers no rollback to others', async () => {
    const workspace = await world.workspace({ web: {} });
    work();
    for (let count = 0; count < 3; count++) await deploy(workspace);
    expect(await statesOfReleases(workspace.id)).toEqual([
      '3 serving',
      '2 superseded',
      '1 retired',
    ]);
    const releases = await world.workspaces.releases(workspace.id, 'web');
    expect(world.scripted.kept.get('web')).toEqual(
      releases.slice(0, 2).map(({ image }) => image),
    );
    await expect(
      world.service.startRollback(workspace, 'web', { release: 1 }, { by }),
    ).rejects.toThrow(
      'release: 1 of "web" served too long ago, its image is not kept',
    );
  });

  it('keeps what serves, however old it is, and what a queued run is to bring back', async () => {
    const workspace = await world.workspace({ web: {} });
    work();
    await deploy(workspace);
    await deploy(workspace);
    const held = gate();
    world.scripted.script('build/web', held.script);
    const third = await world.start(workspace);
    await held.begun;
    const back = await world.service.startRollback(
      workspace,
      'web',
      { release: 1 },
      { by },
    );
    held.open();
    await world.ended(third.id);
    expect(await statesOfReleases(workspace.id)).toEqual([
      '3 serving',
      '2 superseded',
      '1 superseded',
    ]);
    await world.ended(back.id);
    expect(await statesOfReleases(workspace.id)).toEqual([
      '3 superseded',
      '2 superseded',
      '1 serving',
    ]);
    expect(world.scripted.kept.get('web')).toHaveLength(3);
  });

  it('refuses to bring back what was retired since it was asked for', async () => {
    const workspace = await world.workspace({ web: {} });
    work();
    await deploy(workspace);
    await deploy(workspace);
    const held = gate();
    world.scripted.script('deploy/web', held.script);
    const first = await world.start(workspace);
    await held.begun;
    const back = await world.service.startRollback(
      workspace,
      'web',
      { release: 1 },
      { by },
    );
    await world.knex.transaction(trx =>
      world.workspaces.retireReleases(workspace.id, 'web', [1], trx),
    );
    held.open();
    await world.ended(first.id);
    const ended = await world.ended(back.id);
    expect(statesOf(ended)['deploy/web']).toBe('failed');
    expect(ended.diagnosis?.evidence[0].text).toContain(
      'served too long ago, its image is not kept',
    );
  });

  it('removes nothing after a deployment that failed', async () => {
    const workspace = await world.workspace({ web: {} });
    work();
    await deploy(workspace);
    world.scripted.kept.clear();
    world.scripted.script('deploy/web', async () => {
      throw new Error('it does not come up');
    });
    const ended = await deploy(workspace);
    expect(ended.state).toBe('failed');
    expect(world.scripted.kept.size).toBe(0);
  });

  it('succeeds with a warning where images cannot be removed', async () => {
    const workspace = await world.workspace({ web: {} });
    world.scripted.engine.keepImages = async () => {
      throw new Error('the registry is away');
    };
    work();
    const ended = await deploy(workspace);
    expect(ended.state).toBe('succeeded');
    const events = await world.runs.events(ended.id, 0, 1000);
    expect(events.filter(({ type }) => type === 'warning')).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(
          /^What serves no more was not removed: .*the registry is away$/,
        ),
      }),
    ]);
  });

  it('retires nothing where the engine keeps all images', async () => {
    const workspace = await world.workspace({ web: {} });
    delete world.scripted.engine.keepImages;
    work();
    for (let count = 0; count < 3; count++) await deploy(workspace);
    expect(await statesOfReleases(workspace.id)).toEqual([
      '3 serving',
      '2 superseded',
      '1 superseded',
    ]);
  });
});
