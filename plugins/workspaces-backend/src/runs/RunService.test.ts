import { TestDatabases } from '@backstage/backend-test-utils';
import { ConfigReader } from '@backstage/config';
import { readRunSettings } from './settings';
import { RunService } from './RunService';
import { createWorld, type World } from './__testUtils__/createWorld';

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });
const by = 'user:default/guest';

describe('RunService', () => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld(await databases.init('SQLITE_3'));
  });

  it('D13 refuses a run of nothing, of an app that is not there, and of an app that is named twice', async () => {
    const empty = await world.workspace({});
    await expect(world.service.start(empty, {}, { by })).rejects.toThrow(
      'apps: the workspace has no app; add one',
    );
    const workspace = await world.workspace({ web: {}, api: {} });
    const start = (...names: string[]) =>
      world.service.start(
        workspace,
        { apps: names.map(name => ({ name })) },
        { by },
      );
    await expect(start('web', 'worker')).rejects.toThrow(
      'apps: the workspace has no app "worker"; it has web, api',
    );
    await expect(start('web', 'web')).rejects.toThrow('"web" is named twice');
    expect(await world.knex('runs')).toEqual([]);
  });

  it('keeps a source that is given as that of the app, and uses it in the run', async () => {
    const workspace = await world.workspace({ web: {}, api: {} });
    const source = { type: 'git' as const, url: 'https://git.test/other' };
    const run = await world.service.start(
      workspace,
      { apps: [{ name: 'web', source }], reason: 'try it' },
      { by },
    );
    expect(run).toMatchObject({ apps: '["web"]', reason: 'try it' });
    expect(JSON.parse(run.input).specs).toEqual({
      web: expect.objectContaining({ source }),
    });
    const app = await world.workspaces.app(workspace.id, 'web');
    expect(JSON.parse(app!.spec).source).toEqual(source);
  });

  it('checks a source before anything is stored, and names the app', async () => {
    const workspace = await world.workspace({ web: {} });
    const service = new RunService({
      runs: world.runs,
      workspaces: world.workspaces,
      images: world.images,
      secrets: world.secrets,
      engines: world.services.engines,
      sources: {
        validate: (_source, field) => {
          throw new Error(`${field} is refused`);
        },
      },
    });
    const apps = [{ name: 'web', source: { type: 'git' as const } }];
    await expect(service.start(workspace, { apps }, { by })).rejects.toThrow(
      'apps: source of "web" is refused',
    );
    expect(await world.knex('runs')).toEqual([]);
  });

  it('refuses to retry a run that has not ended', async () => {
    const run = await world.start(await world.workspace({ web: {} }));
    await expect(
      world.service.retry(run.id, undefined, { by }),
    ).rejects.toThrow(
      'Run 1 is queued; only a run that has ended can be retried',
    );
    await expect(
      world.service.retry('none', undefined, { by }),
    ).rejects.toThrow('There is no run "none"');
  });
});

describe('readRunSettings', () => {
  it('reads limits and deadlines, and has defaults', () => {
    expect(readRunSettings(new ConfigReader({}))).toEqual({
      limits: { total: 20, perOwner: 5 },
      perReplica: 4,
      deadlines: {},
    });
    const runs = { total: 2, perReplica: 1, deadlines: { build: 60 } };
    const config = new ConfigReader({ workspaces: { runs } });
    expect(readRunSettings(config)).toEqual({
      limits: { total: 2, perOwner: 5 },
      perReplica: 1,
      deadlines: { build: 60 },
    });
  });
});
