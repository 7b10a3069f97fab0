import { TestDatabases } from '@backstage/backend-test-utils';
import type { ReceiptItem } from '@slipway/backstage-plugin-workspaces-common';
import type { RunWorker } from './RunWorker';
import { createWorld, statesOf, type World } from './__testUtils__/createWorld';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });
const by = 'user:default/guest';
const migration = { command: ['npm', 'run', 'migrate'] };

describe.each(databases.eachSupportedId())('Releases on %s', databaseId => {
  let world: World;
  let workers: RunWorker[] = [];

  beforeEach(async () => {
    world = await createWorld(await databases.init(databaseId));
  });

  afterEach(async () => {
    await Promise.all(workers.map(worker => worker.stop()));
    workers = [];
  });

  function work(deadlines: object = {}): void {
    const worker = world.worker('a', {}, { deadlines });
    workers.push(worker);
    worker.start();
  }

  it('lets the release that serves serve on where the new one is not verified', async () => {
    const workspace = await world.workspace({ web: {} });
    const first = await world.start(workspace);
    work({ verify: 1 });
    await world.ended(first.id);

    world.services.endpoints.publicUrl = () => 'http://web.test';
    const leads: (number | null | undefined)[] = [];
    world.services.probe = async () => {
      const endpoint = await world.endpoints.find(workspace.id, 'web');
      leads.push(endpoint?.release);
      return {
        ok: false,
        status: 500,
        latencyMilliseconds: 1,
        message: 'answered 500',
      };
    };
    const second = await world.start(workspace);
    const ended = await world.ended(second.id);
    expect(statesOf(ended)['verify/web']).toBe('failed');
    expect(ended.diagnosis?.evidence).toContainEqual(
      expect.objectContaining({ kind: 'probe', text: 'answered 500' }),
    );
    expect(new Set(leads)).toEqual(new Set([2]));
    expect(await world.endpoints.find(workspace.id, 'web')).toMatchObject({
      release: 1,
    });
    const releases = await world.workspaces.releases(workspace.id, 'web');
    expect(releases.map(each => `${each.number} ${each.state}`)).toEqual([
      '2 failed',
      '1 serving',
    ]);

    world.services.probe = async () => ({
      ok: true,
      status: 200,
      latencyMilliseconds: 1,
      message: 'answered 200',
    });
    const before = world.scripted.begun.length;
    await world.service.retry(second.id, 'verify', { by });
    await world.until(second.id, each => each.state === 'succeeded');
    expect(world.scripted.begun.slice(before)).toEqual([
      'deploy/web',
      'settle',
    ]);
    expect(await world.endpoints.find(workspace.id, 'web')).toMatchObject({
      release: 2,
    });
  });

  it('takes no answer of the release before for one of the new release', async () => {
    const workspace = await world.workspace({ web: {} });
    work();
    world.services.endpoints.publicUrl = () => 'http://web.test';
    const led = [1, 1, 2, 1, 2, 2, 1, 2, 2, 2];
    let asked = 0;
    const probe = (release: number) => ({
      ok: true,
      status: 200,
      release,
      latencyMilliseconds: 1,
      message: 'answered 200',
    });
    world.services.probe = async () => probe(1);
    await world.ended((await world.start(workspace)).id);
    world.services.probe = async () => probe(led[asked++]);
    const second = await world.start(workspace);
    expect((await world.ended(second.id)).state).toBe('succeeded');
    expect(asked).toBe(led.length);
    expect(await world.log(second.id, 'expose', 'web')).toContain(
      'Not yet: release 1 still answers',
    );
    expect(await world.log(second.id, 'verify', 'web')).toContain(
      'http://web.test/: release 1 still answers',
    );
  });

  it('D1 makes a release of every run, deploys it by digest, and rolls back to an earlier one', async () => {
    const workspace = await world.workspace({ web: { migration } });
    work();
    for (const number of [1, 2]) {
      const { id } = await world.start(workspace);
      await world.ended(id);
      expect(await world.workspaces.app(workspace.id, 'web')).toMatchObject({
        serving_release: number,
      });
    }
    const releases = await world.workspaces.releases(workspace.id, 'web');
    expect(new Set(releases.map(release => release.image)).size).toBe(2);

    const back = { release: 1 };
    await expect(
      world.service.startRollback(workspace, 'web', { release: 2 }, { by }),
    ).rejects.toThrow('release: 2 of "web" serves already');
    await expect(
      world.service.startRollback(workspace, 'web', { release: 9 }, { by }),
    ).rejects.toThrow('there is no release 9 of "web"');
    await expect(
      world.service.startRollback(workspace, 'web', back, { by }),
    ).rejects.toThrow('(release 2: npm run migrate); confirm');
    const before = world.scripted.begun.length;
    const rollback = await world.service.startRollback(
      workspace,
      'web',
      { ...back, confirmMigrations: true },
      { by },
    );
    const ended = await world.ended(rollback.id);
    expect(statesOf(ended)).toEqual({
      'deploy/web': 'succeeded',
      'expose/web': 'succeeded',
      'verify/web': 'succeeded',
    });
    expect(world.scripted.begun.slice(before)).toEqual([
      'deploy/web',
      'settle',
    ]);
    expect(await world.workspaces.app(workspace.id, 'web')).toMatchObject({
      serving_release: 1,
      last_release: 2,
    });
  });

  it('removes a workspace, keeps the receipt, and frees the name', async () => {
    const workspace = await world.workspace({ web: {} });
    const { id } = await world.start(workspace);
    work();
    await world.ended(id);
    const deletion = await world.service.startDelete(workspace, { by });
    const ended = await world.ended(deletion.id);
    expect(statesOf(ended)).toEqual({ destroy: 'succeeded' });
    const row = await world.workspaces.get(workspace.id);
    expect(row).toMatchObject({ live_name: null });
    expect(JSON.parse(row?.receipt ?? '').items).toHaveLength(1);
    expect(await world.knex('log_chunks')).toEqual([]);
    expect((await world.runs.get(id))?.input).toBe('{}');
    await expect(
      world.service.retry(deletion.id, undefined, { by }),
    ).rejects.toThrow('The workspace was deleted; it takes no run');
  });

  it('removes with a workspace the secrets that it alone used, and says so', async () => {
    const owner = 'group:default/team-a';
    const store = (description: string, ofOwner = owner) =>
      world.secrets.create({
        owner: ofOwner,
        description,
        value: 'v',
        createdBy: by,
      });
    const [own, token, build, shared, unused] = [
      await store('of the app'),
      await store('of the source'),
      await store('of the build'),
      await store('of two workspaces'),
      await store('of none'),
    ];
    const foreign = await store('of somebody else', 'group:default/team-b');
    const workspace = await world.workspace(
      {
        web: {
          source: { type: 'git', url: 'https://git.test/web', token: token.id },
          build: { secrets: [{ name: 'npm', secret: build.id }] },
          environment: [
            { name: 'OWN', secret: own.id },
            { name: 'SHARED', secret: shared.id },
            { name: 'FOREIGN', secret: foreign.id },
          ],
        },
      },
      owner,
    );
    await world.workspace(
      { api: { environment: [{ name: 'SHARED', secret: shared.id }] } },
      owner,
    );
    const deletion = await world.service.startDelete(workspace, { by });
    work();
    await world.ended(deletion.id);
    const left = await world.knex('secrets').pluck('id');
    expect(left.sort()).toEqual([shared.id, unused.id, foreign.id].sort());
    const row = await world.workspaces.get(workspace.id);
    const { items } = JSON.parse(row?.receipt ?? '');
    expect(items.filter(({ kind }: ReceiptItem) => kind === 'secret')).toEqual([
      { kind: 'secret', name: 'of the source', outcome: 'removed' },
      { kind: 'secret', name: 'of the app', outcome: 'removed' },
      { kind: 'secret', name: 'of the build', outcome: 'removed' },
    ]);
  });
});
