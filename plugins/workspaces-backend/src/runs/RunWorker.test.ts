import { TestDatabases } from '@backstage/backend-test-utils';
import type { AppSpec } from '@slipway/backstage-plugin-workspaces-common';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import type { RunTiming, RunWorker } from './RunWorker';
import { createWorld, statesOf, type World } from './__testUtils__/createWorld';
import { forever, gate } from './__testUtils__/ScriptedEngine';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });
const by = 'user:default/guest';
const migration = { command: ['npm', 'run', 'migrate'] };

describe.each(databases.eachSupportedId())('RunWorker on %s', databaseId => {
  let world: World;
  let workers: RunWorker[] = [];

  beforeEach(async () => {
    world = await createWorld(await databases.init(databaseId));
  });

  afterEach(async () => {
    await Promise.all(workers.map(worker => worker.stop()));
    workers = [];
  });

  function work(
    id = 'a',
    timing?: Partial<RunTiming>,
    settings?: { perReplica?: number; deadlines?: object },
  ): RunWorker {
    const worker = world.worker(id, timing, settings);
    workers.push(worker);
    worker.start();
    return worker;
  }

  async function run(apps: Record<string, Partial<AppSpec>>) {
    const workspace = await world.workspace(apps);
    return { workspace, ...(await world.start(workspace)) };
  }

  it('takes an app from its source to a verified release, and writes down where the time went', async () => {
    const { id, workspace } = await run({ web: { migration } });
    work();
    const ended = await world.ended(id);
    expect(statesOf(ended)).toEqual({
      provision: 'succeeded',
      'fetch/web': 'succeeded',
      'build/web': 'succeeded',
      dependencies: 'skipped',
      'migrate/web': 'succeeded',
      'deploy/web': 'succeeded',
      'expose/web': 'succeeded',
      'verify/web': 'succeeded',
    });
    expect(ended).toMatchObject({ state: 'succeeded', worker: 'a', epoch: 1 });
    expect(world.scripted.begun).toEqual([
      'provision',
      'build/web',
      'migrate/web',
      'deploy/web',
      'settle',
    ]);
    expect(await world.workspaces.app(workspace.id, 'web')).toMatchObject({
      serving_release: 1,
    });
    expect(
      await world.workspaces.release(workspace.id, 'web', 1),
    ).toMatchObject({
      state: 'serving',
      run_id: id,
      revision: 'abc',
      migration: JSON.stringify(migration.command),
    });
    const messages = await world.messages(id);
    expect(messages.at(-1)).toBe('Run 1 succeeded');
    const times = /^engine time (\d+) of (\d+) ms; hand-overs ([\d. ]+) ms$/;
    const [, engine, total, handOvers] = times.exec(messages.at(-2)!) ?? [];
    expect(Number(engine)).toBeLessThanOrEqual(Number(total));
    expect(handOvers.split(' ')).toHaveLength(7);
  });

  it('D11 starts a stage only when all that it needs is there', async () => {
    const provision = gate();
    world.scripted.script('provision', provision.script);
    const { id } = await run({ web: { migration } });
    work();
    await provision.begun;
    expect(world.scripted.begun).toEqual(['provision']);
    expect(world.fetched).toEqual([]);
    provision.open();
    await world.ended(id);
  });

  it('goes on with an app whose stage ended while the next of another app was being started', async () => {
    const fetching = { web: gate(), api: gate() };
    const { fetch } = world.services.sources;
    world.services.sources.fetch = async request => {
      const app = request.spec.url?.endsWith('/web') ? 'web' : 'api';
      await fetching[app].script({} as never, new Promise(() => {}));
      return fetch(request);
    };
    const build = { web: gate(), api: gate() };
    world.scripted.script('build/web', build.web.script);
    world.scripted.script('build/api', build.api.script);
    const { id } = await run({ web: {}, api: {} });
    work();
    await Promise.all([fetching.web.begun, fetching.api.begun]);
    await world.until(id, each => statesOf(each).dependencies === 'skipped');
    fetching.web.open();
    fetching.api.open();
    await Promise.all([build.web.begun, build.api.begun]);
    build.web.open();
    build.api.open();
    expect((await world.ended(id)).state).toBe('succeeded');
  });

  it('D25 carries out the apps of a run at the same time, each with its own log, and one that fails does not hold the others', async () => {
    const build = gate();
    world.scripted.script('build/web', build.script);
    world.scripted.script('build/api', async () => {
      throw new EngineError('the build broke', {
        evidence: [
          { kind: 'log', source: 'step 2', at: 'now', text: 'npm ERR!' },
        ],
      });
    });
    const { id, workspace } = await run({ web: { migration }, api: {} });
    work();
    await build.begun;
    await world.until(id, each => statesOf(each)['build/api'] === 'failed');
    build.open();
    const ended = await world.ended(id);
    expect(ended.state).toBe('failed');
    expect(statesOf(ended)).toMatchObject({
      'verify/web': 'succeeded',
      'build/api': 'failed',
      'migrate/api': 'skipped',
      'deploy/api': 'skipped',
      'expose/api': 'skipped',
      'verify/api': 'skipped',
    });
    const verify = ended.stages.find(
      stage => stage.name === 'verify' && stage.app === 'api',
    );
    expect(verify?.reason).toBe('build failed');
    expect(ended.diagnosis).toMatchObject({
      evidence: [expect.objectContaining({ text: 'npm ERR!' })],
    });
    const built = ended.stages.find(
      stage => stage.name === 'build' && stage.app === 'web',
    );
    expect(built?.outputs).toMatchObject({
      digest: expect.stringMatching(/^sha256:/),
      builder: { name: 'script', why: 'of the test' },
    });
    expect(await world.log(id, 'build', 'web')).toEqual([
      'builds web',
      expect.stringMatching(/^The image is web@sha256/),
    ]);
    expect(await world.log(id, 'build', 'api')).toEqual([
      'builds api',
      'Failed: the build broke',
    ]);
    expect(await world.log(id, 'migrate', 'web')).toEqual(['migrates web']);
    expect(await world.workspaces.app(workspace.id, 'api')).toMatchObject({
      serving_release: null,
    });
  });

  it('skips every app where a stage of the workspace fails', async () => {
    world.scripted.script('provision', async () => {
      throw new Error('no network');
    });
    const { id } = await run({ web: {}, api: {} });
    work();
    const ended = await world.ended(id);
    const { provision, ...others } = statesOf(ended);
    expect(provision).toBe('failed');
    expect(new Set(Object.values(others))).toEqual(new Set(['skipped']));
    expect(new Set(ended.stages.slice(1).map(stage => stage.reason))).toEqual(
      new Set(['provision failed']),
    );
    expect(world.scripted.begun).toEqual(['provision']); // nothing to settle
  });

  it('D19 fails at once with the log of a migration that exits with an error, and retries it without another build', async () => {
    world.scripted.script('migrate/web', async () => 3);
    const { id } = await run({ web: { migration }, api: {} });
    work();
    const failed = await world.ended(id);
    expect(statesOf(failed)).toMatchObject({
      'migrate/web': 'failed',
      'deploy/web': 'skipped',
      'verify/api': 'succeeded',
    });
    const migrate = failed.stages.find(
      stage => stage.name === 'migrate' && stage.app === 'web',
    );
    expect(migrate?.reason).toBe('The migration of web ended with exit code 3');
    expect(migrate?.diagnosis?.evidence.map(each => each.text)).toEqual([
      'The migration of web ended with exit code 3',
      'migrates web',
    ]);

    world.scripted.script('migrate/web', async () => 0);
    const before = [...world.scripted.begun];
    await world.service.retry(id, 'migrate', { by });
    const ended = await world.until(id, each => each.state === 'succeeded');
    expect(world.scripted.begun.slice(before.length)).toEqual([
      'migrate/web',
      'deploy/web',
      'settle',
    ]);
    expect(world.fetched).toHaveLength(2);
    const attempts = ended.stages
      .filter(stage => stage.app === 'web')
      .map(stage => `${stage.name} ${stage.attempt} ${stage.state}`);
    expect(attempts).toEqual([
      'fetch 1 succeeded',
      'build 1 succeeded',
      'migrate 1 failed',
      'migrate 2 succeeded',
      'deploy 1 skipped',
      'deploy 2 succeeded',
      'expose 1 skipped',
      'expose 2 succeeded',
      'verify 1 skipped',
      'verify 2 succeeded',
    ]);
    expect(await world.log(id, 'migrate', 'web')).toEqual([
      'migrates web',
      'Failed: The migration of web ended with exit code 3',
      'Attempt 2',
      'migrates web',
    ]);
  });

  it('fails a stage that passes its deadline, names the deadline, and stops its work', async () => {
    world.scripted.script('build/web', forever);
    const { id } = await run({ web: {} });
    work('a', {}, { deadlines: { build: 0.2 } });
    const ended = await world.ended(id);
    const build = ended.stages.find(stage => stage.name === 'build');
    expect(build).toMatchObject({
      state: 'failed',
      reason: 'no answer within 0.2 s',
      diagnosis: { cause: expect.stringContaining('no answer within 0.2 s') },
    });
    expect(world.scripted.cancelled).toEqual(['build/web']);
  });

  it('keeps what the engine says of work that it was told to stop: it may tell why it took so long', async () => {
    const text =
      'FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu.';
    const evidence = [
      { kind: 'event' as const, source: 'pod', at: 'now', text },
    ];
    let stop = () => {};
    const stopped = new Promise<void>(resolve => (stop = resolve));
    world.scripted.builder.cancel = async () => stop();
    world.scripted.builder.build = async function* build() {
      await stopped;
      throw new EngineError('The build was cancelled', { evidence });
    };
    const { id } = await run({ web: {} });
    work('a', {}, { deadlines: { build: 0.2 } });
    const { diagnosis } = await world.ended(id);
    expect(diagnosis?.evidence.map(each => each.text)).toEqual([
      'no answer within 0.2 s',
      text,
    ]);
  });

  it('ends a stage whose engine does not listen, and says so', async () => {
    world.scripted.engine.cancel = () => new Promise(() => {});
    world.scripted.engine.apply = async function* deaf() {
      await new Promise(() => {});
    };
    const { id } = await run({ web: {} });
    work('a', { grace: 50 }, { deadlines: { provision: 0.1 } });
    const ended = await world.ended(id);
    expect(statesOf(ended).provision).toBe('failed');
    expect(await world.messages(id)).toContain(
      'The engine was told to stop the work: Error: it did not answer',
    );
  });

  it('redacts every secret that the run may meet from logs, reasons and evidence', async () => {
    const secret = await world.secrets.create({
      owner: 'group:default/x',
      value: 'correct horse battery',
      createdBy: by,
    });
    const environment = [{ name: 'TOKEN', secret: secret.id }];
    world.scripted.script('deploy/web', async () => {
      throw new EngineError('refused correct horse battery', {
        evidence: [
          {
            kind: 'log',
            source: 'container correct horse battery',
            at: 'now',
            text: `begin correct horse battery ${'x'.repeat(20_000)}`,
          },
        ],
      });
    });
    const { id } = await run({ web: { environment } });
    work();
    const ended = await world.ended(id);
    const [evidence] = ended.diagnosis?.evidence ?? [];
    expect(evidence.text).toMatch(/^begin \*\*\* x+ \[cut here\]$/);
    expect(evidence.text.length).toBeLessThanOrEqual(8192);
    const told = JSON.stringify([
      ended,
      await world.messages(id),
      await world.log(id, 'deploy', 'web'),
    ]);
    expect(told).toContain('refused ***');
    expect(told).not.toContain('horse');
  });

  it('carries out as many runs as it may, the rest wait', async () => {
    const held = gate();
    world.scripted.script('provision', held.script);
    const runs = [];
    for (let count = 0; count < 3; count++) {
      runs.push(await run({ web: {} }));
    }
    work('a', {}, { perReplica: 2 });
    await world.until(runs[1].id, each => each.state === 'running');
    expect(await world.runs.queuePosition(runs[2].id)).toEqual({
      position: 1,
      waitsFor: 'worker',
    });
    held.open();
    for (const { id } of runs) {
      expect((await world.ended(id)).state).toBe('succeeded');
    }
  });

  it('works with the specifications of the moment at which a run was started or retried', async () => {
    world.scripted.script('provision', async () => {
      throw new Error('not yet');
    });
    const { id, workspace } = await run({ web: { port: 3000 } });
    const put = async (port: number) => {
      const row = await world.workspaces.app(workspace.id, 'web');
      const spec = { ...JSON.parse(row!.spec), port };
      await world.workspaces.putApp({ ...row!, spec: JSON.stringify(spec) });
    };
    await put(4000);
    work();
    await world.ended(id);
    const input = async () => JSON.parse((await world.runs.get(id))!.input);
    expect((await input()).specs.web.port).toBe(3000);
    await world.service.retry(id, undefined, { by });
    expect((await input()).specs.web.port).toBe(4000);
  });
});
