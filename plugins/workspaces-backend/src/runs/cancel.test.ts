import { TestDatabases } from '@backstage/backend-test-utils';
import type { StageName } from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspaceRow } from '../store/rows';
import type { RunWorker } from './RunWorker';
import { createWorld, statesOf, type World } from './__testUtils__/createWorld';
import { gate } from './__testUtils__/ScriptedEngine';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });
const by = 'user:default/guest';
const stages: StageName[] = [
  'provision',
  'fetch',
  'build',
  'dependencies',
  'migrate',
  'deploy',
  'expose',
  'verify',
];
const ofWorkspace: StageName[] = ['provision', 'dependencies'];
const deployed: StageName[] = ['deploy', 'expose', 'verify'];

describe.each(databases.eachSupportedId())('C9 cancel on %s', databaseId => {
  let world: World;
  let worker: RunWorker;

  beforeEach(async () => {
    world = await createWorld(await databases.init(databaseId));
    worker = world.worker('a');
  });

  afterEach(() => worker.stop());

  /** Lets the stage not end by itself; answers when it has begun. */
  function hold(stage: StageName): Promise<void> {
    const { services, scripted } = world;
    const held = gate();
    const untilAborted = (signal: AbortSignal) =>
      new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      );
    if (stage === 'fetch') {
      services.sources.fetch = async ({ signal }) => {
        held.begin();
        return untilAborted(signal);
      };
    } else if (stage === 'expose' || stage === 'verify') {
      services.endpoints.publicUrl = () => 'http://web.test';
      let probes = 0;
      services.probe = async (_url, { signal }) => {
        probes++;
        if (stage === 'verify' && probes === 1) {
          return { ok: true, status: 200, latencyMilliseconds: 1, message: '' };
        }
        held.begin();
        return untilAborted(signal);
      };
    } else {
      const name = ofWorkspace.includes(stage) ? stage : `${stage}/web`;
      scripted.script(name, held.script);
    }
    return held.begun;
  }

  async function workspaceWithAll(): Promise<WorkspaceRow> {
    const workspace = await world.workspace({
      web: { migration: { command: ['migrate'] } },
    });
    await world.addCache(workspace);
    return workspace;
  }

  it.each(stages)(
    'during %s stops the work, marks what did not come, and settles',
    async stage => {
      const name = ofWorkspace.includes(stage) ? stage : `${stage}/web`;
      const begun = hold(stage);
      const workspace = await workspaceWithAll();
      const { id } = await world.start(workspace);
      worker.start();
      await begun;
      await world.service.cancel(id, { by });
      await world.service.cancel(id, { by });
      const ended = await world.ended(id);

      expect(ended.state).toBe('cancelled');
      const states = statesOf(ended);
      expect(states[name]).toBe('cancelled');
      expect(states['verify/web']).toBe('cancelled');
      expect(Object.values(states)).not.toContain('pending');
      expect(Object.values(states)).not.toContain('running');
      expect(world.scripted.cancelled).toContain(name);
      expect(world.scripted.begun.includes('settle')).toBe(
        deployed.includes(stage),
      );
      const releases = await world.workspaces.releases(workspace.id, 'web');
      expect(releases.map(release => release.state)).toEqual(
        deployed.includes(stage) ? ['failed'] : [],
      );
      const endpoint = await world.endpoints.find(workspace.id, 'web');
      expect(endpoint?.release ?? null).toBeNull();
      await expect(world.service.cancel(id, { by })).rejects.toThrow(
        'has ended (cancelled)',
      );
    },
  );

  it('can be retried: what was done before is not done again', async () => {
    const begun = hold('migrate');
    const { id } = await world.start(await workspaceWithAll());
    worker.start();
    await begun;
    await world.service.cancel(id, { by });
    await world.ended(id);
    const before = world.scripted.begun.length;
    world.scripted.script('migrate/web', async () => 0);
    await world.service.retry(id, undefined, { by });
    await world.until(id, run => run.state === 'succeeded');
    expect(world.scripted.begun.slice(before)).toEqual([
      'migrate/web',
      'deploy/web',
      'settle',
    ]);
  });

  it('is seen by a worker that nobody told', async () => {
    const begun = hold('build');
    const { id } = await world.start(await workspaceWithAll());
    worker.start();
    await begun;
    await world
      .knex('runs')
      .where({ id })
      .update({ cancel_requested_at: Date.now() });
    expect((await world.ended(id)).state).toBe('cancelled');
  });
});
