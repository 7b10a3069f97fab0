import { TestDatabases } from '@backstage/backend-test-utils';
import type { PlanChange } from '@slipway/backstage-plugin-workspaces-common';
import type { DesiredWorkspace } from '@slipway/backstage-plugin-workspaces-node';
import type { RunWorker } from './RunWorker';
import { createWorld, type World } from './__testUtils__/createWorld';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

describe('A deployment of what runs already', () => {
  let world: World;
  let worker: RunWorker;
  /** What was asked for plans, and what the engine answers of the app. */
  let planned: DesiredWorkspace[];
  let action: PlanChange['action'];
  let image: string;

  beforeEach(async () => {
    world = await createWorld(await databases.init('SQLITE_3'));
    planned = [];
    action = 'keep';
    image = 'web@sha256:1';
    world.scripted.engine.plan = async desired => {
      planned.push(desired);
      return [{ action, kind: 'app', name: 'web' }];
    };
    world.scripted.builder.build = async function* build() {
      yield { type: 'image', image, digest: image };
    };
    worker = world.worker('a');
    worker.start();
  });

  afterEach(() => worker.stop());

  async function deploy(workspace: Awaited<ReturnType<World['workspace']>>) {
    const { id } = await world.start(workspace);
    const { stages, state } = await world.ended(id);
    expect(state).toBe('succeeded');
    const releases = await world.workspaces.releases(workspace.id, 'web');
    return {
      deploy: stages.find(({ name }) => name === 'deploy'),
      verify: stages.find(({ name }) => name === 'verify'),
      releases: releases.map(each => `${each.number} ${each.state}`),
    };
  }

  it('makes no release where the engine would change nothing, and verifies the one that serves', async () => {
    const workspace = await world.workspace({ web: {} });
    await deploy(workspace);
    const again = await deploy(workspace);
    expect(again.deploy).toMatchObject({
      state: 'skipped',
      reason: 'nothing has changed: release 1 serves already',
      outputs: { release: 1 },
    });
    expect(again.verify).toMatchObject({
      state: 'succeeded',
      outputs: { release: 1 },
    });
    expect(again.releases).toEqual(['1 serving']);
    expect(planned).toHaveLength(1);
    expect(planned[0].apps).toMatchObject([{ name: 'web', release: 1, image }]);
    expect(
      world.scripted.begun.filter(work => work === 'deploy/web'),
    ).toHaveLength(1);
  });

  it('deploys anew what has vanished or was configured otherwise', async () => {
    const workspace = await world.workspace({ web: {} });
    await deploy(workspace);
    action = 'change';
    const again = await deploy(workspace);
    expect(again.deploy).toMatchObject({ state: 'succeeded' });
    expect(again.releases).toEqual(['2 serving', '1 superseded']);
  });

  it('deploys anew, and verifies there, what is probed at another path', async () => {
    const workspace = await world.workspace({ web: {} });
    await deploy(workspace);
    const { spec } = (await world.workspaces.app(workspace.id, 'web'))!;
    const changed = { ...JSON.parse(spec), healthPath: '/ready' };
    await world
      .knex('apps')
      .where({ workspace_id: workspace.id, name: 'web' })
      .update({ spec: JSON.stringify(changed) });
    expect((await deploy(workspace)).releases).toEqual([
      '2 serving',
      '1 superseded',
    ]);
  });

  it('deploys another image without asking', async () => {
    const workspace = await world.workspace({ web: {} });
    await deploy(workspace);
    image = 'web@sha256:2';
    const again = await deploy(workspace);
    expect(again.releases).toEqual(['2 serving', '1 superseded']);
    expect(planned).toEqual([]);
  });
});
