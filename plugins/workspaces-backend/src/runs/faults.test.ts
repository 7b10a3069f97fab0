import { TestDatabases } from '@backstage/backend-test-utils';
import { LeaseLostError } from '../store/RunClaims';
import type { RunTiming, RunWorker } from './RunWorker';
import { createWorld, statesOf, type World } from './__testUtils__/createWorld';
import { expectWholeHistory } from './__testUtils__/history';
import { forever, gate } from './__testUtils__/ScriptedEngine';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });
const by = 'user:default/guest';
const migration = { command: ['npm', 'run', 'migrate'] };
const short = { renew: 200, margin: 200, poll: 50 };

let workers: RunWorker[] = [];

afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(workers.map(worker => worker.stop()));
  workers = [];
});

function work(
  world: World,
  id = 'a',
  timing: Partial<RunTiming> = short,
): RunWorker {
  const worker = world.worker(id, timing);
  workers.push(worker);
  worker.start();
  return worker;
}

function busy(): Error {
  return Object.assign(new Error('database is locked'), {
    code: 'SQLITE_BUSY',
  });
}

describe.each(databases.eachSupportedId())('Faults on %s', databaseId => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld(await databases.init(databaseId), {
      leaseMilliseconds: 1_000,
    });
  });

  it('C6 a worker that stops lets go of its runs, and another carries on with the same work at once', async () => {
    const held = gate();
    world.scripted.script('build/web', held.script);
    const { id } = await world.start(await world.workspace({ web: {} }));
    const long = { ...short, renew: 5_000 };
    const first = work(world, 'a', long);
    await held.begun;
    const asked = performance.now();
    await first.stop();
    const released = await world.runs.get(id);
    expect(released).toMatchObject({ state: 'running', worker: null });
    expect(world.scripted.cancelled).toEqual([]); // the work lives on

    world.scripted.script('build/web', async () => {});
    work(world, 'b', long);
    await world.until(id, run => run.worker === 'b');
    expect(performance.now() - asked).toBeLessThan(2_000);
    const ended = await world.ended(id);
    expect(ended).toMatchObject({ state: 'succeeded', epoch: 2 });
    expect(ended.stages.every(stage => stage.attempt === 1)).toBe(true);
    expect(
      world.scripted.begun.filter(each => each === 'provision'),
    ).toHaveLength(1);
    await expectWholeHistory(world, id);
  });

  it('D17 a run is carried out to its end after its worker is gone, with what was done before', async () => {
    const held = gate();
    world.scripted.script('deploy/web', held.script);
    const workspace = await world.workspace({ web: { migration } });
    const { id } = await world.start(workspace);
    // Claimed and carried out as far as deploy by a process that is not there any more.
    const gone = work(world, 'gone', { ...short, renew: 60_000 });
    await held.begun;
    await world.knex('runs').where({ id }).update({ lease_until: 1 });
    world.scripted.script('deploy/web', async () => {});
    work(world, 'b');
    const ended = await world.ended(id);
    expect(ended).toMatchObject({ state: 'succeeded', epoch: 2 });
    expect(await world.messages(id)).toContain(
      'Taken over from gone by b (epoch 2)',
    );
    expect(world.scripted.begun.filter(each => each === 'migrate/web')).toEqual(
      ['migrate/web'],
    );
    const releases = await world.workspaces.releases(workspace.id, 'web');
    expect(releases).toHaveLength(1);

    held.open(); // the zombie's work ends; what it writes is refused
    await gone.stop();
    expect(await world.view(id)).toEqual(ended);
    await expectWholeHistory(world, id);
  });

  it('adopted work adds to its log only what is not in it', async () => {
    const held = gate();
    world.scripted.script('migrate/web', held.script);
    const { id } = await world.start(
      await world.workspace({ web: { migration } }),
    );
    const first = work(world);
    await held.begun;
    await first.stop();
    expect(await world.log(id, 'migrate', 'web')).toEqual(['migrates web']);
    world.scripted.script('migrate/web', async () => 0);
    work(world, 'b');
    await world.ended(id);
    expect(world.scripted.jobs).toHaveLength(2);
    expect(await world.log(id, 'migrate', 'web')).toEqual([
      'migrates web',
      expect.stringContaining('[taken over:'),
    ]);
  });

  it('a stage that fails after it was taken over has the lines from before in its evidence, and of its own attempt alone', async () => {
    world.scripted.script('migrate/web', async () => 1);
    const { id } = await world.start(
      await world.workspace({ web: { migration } }),
    );
    const first = work(world);
    await world.ended(id);
    const held = gate();
    world.scripted.script('migrate/web', held.script);
    await world.service.retry(id, 'migrate', { by });
    await held.begun;
    await first.stop();
    world.scripted.script('migrate/web', async () => 1);
    work(world, 'b');
    const { diagnosis } = await world.until(
      id,
      run => run.epoch === 3 && run.state === 'failed',
    );
    const logs = diagnosis?.evidence.filter(({ kind }) => kind === 'log');
    expect(logs?.map(({ text }) => text.split('\n'))).toEqual([
      ['Attempt 2', 'migrates web', expect.stringContaining('[taken over:')],
    ]);
  });

  it('says in the history of the run that the end of a log could not be kept', async () => {
    const append = jest.spyOn(world.logs, 'append');
    append.mockRejectedValue(new Error('the chunk is damaged'));
    const { id } = await world.start(await world.workspace({ web: {} }));
    work(world);
    expect((await world.ended(id)).state).toBe('succeeded');
    expect(await world.messages(id)).toContain(
      'The end of the log of build of web was not kept: Error: the chunk is damaged',
    );
  });

  it('a worker that had no turn to renew keeps its run where nobody took it', async () => {
    const held = gate();
    world.scripted.script('build/web', held.script);
    const { id } = await world.start(await world.workspace({ web: {} }));
    const renew = jest.spyOn(world.runs.claims, 'renew');
    renew.mockImplementationOnce(
      () => forever({} as never, Promise.resolve()) as Promise<void>,
    );
    work(world);
    await held.begun;
    await world.until(id, () => renew.mock.calls.length >= 3); // two leases have passed
    held.open();
    const ended = await world.ended(id);
    expect(ended).toMatchObject({ state: 'succeeded', epoch: 1 });
  });

  it('a worker that takes up its own run again does not say that another one had it', async () => {
    const held = gate();
    world.scripted.script('build/web', held.script);
    const { id } = await world.start(await world.workspace({ web: {} }));
    const renew = jest.spyOn(world.runs.claims, 'renew');
    renew.mockRejectedValue(busy());
    work(world, 'a', { ...short, grace: 50 });
    await world.until(id, run => run.epoch === 2);
    renew.mockRestore();
    held.open();
    world.scripted.script('build/web', async () => {});
    await world.ended(id);
    expect(await world.messages(id)).toContain(
      'Taken up again by a, whose lease had run out (epoch 2)',
    );
  });

  it('C9 a run that was to be cancelled when its worker went is cancelled by the next, which does not watch the work again', async () => {
    const held = gate();
    world.scripted.script('build/web', held.script);
    const { id } = await world.start(await world.workspace({ web: {} }));
    const first = work(world);
    await held.begun;
    await first.stop();
    await world.service.cancel(id, { by });
    work(world, 'b');
    const ended = await world.ended(id);
    expect(ended.state).toBe('cancelled');
    expect(statesOf(ended)).toMatchObject({
      provision: 'succeeded',
      'build/web': 'cancelled',
      'deploy/web': 'cancelled',
    });
    expect(world.scripted.cancelled).toEqual(['build/web']);
    expect(world.scripted.begun.filter(each => each === 'build/web')).toEqual([
      'build/web',
    ]);
  });

  it('a renewal or a checkpoint that the database does not take is written a moment later', async () => {
    const { claims } = world.runs;
    const renew = jest.spyOn(claims, 'renew');
    const checkpoint = jest.spyOn(claims, 'checkpoint');
    const finish = jest.spyOn(claims, 'finish');
    for (const write of [renew, checkpoint, finish]) {
      write.mockRejectedValueOnce(busy()).mockRejectedValueOnce(busy());
    }
    const held = gate();
    world.scripted.script('build/web', held.script);
    const { id } = await world.start(await world.workspace({ web: {} }));
    work(world);
    await held.begun;
    await world.until(id, () => renew.mock.calls.length >= 5);
    held.open();
    const ended = await world.ended(id);
    expect(ended).toMatchObject({ state: 'succeeded', epoch: 1 });
    await expectWholeHistory(world, id);
  });

  it('what a stage reads is read again where the database fails for a moment', async () => {
    const { get, createRelease } = world.workspaces;
    jest
      .spyOn(world.workspaces, 'get')
      .mockRejectedValueOnce(busy())
      .mockRejectedValueOnce(busy())
      .mockImplementation(get);
    jest
      .spyOn(world.workspaces, 'createRelease')
      .mockRejectedValueOnce(busy())
      .mockImplementation(createRelease);
    const { id } = await world.start(await world.workspace({ web: {} }));
    work(world);
    expect((await world.ended(id)).state).toBe('succeeded');
  });

  it('a worker whose database cannot be asked goes on asking', async () => {
    const claim = jest.spyOn(world.runs.claims, 'claim');
    for (let count = 0; count < 5; count++) {
      claim.mockRejectedValueOnce(new Error('out of reach'));
    }
    const { id } = await world.start(await world.workspace({ web: {} }));
    work(world);
    expect((await world.ended(id)).state).toBe('succeeded');
  });

  it('stops watching when no renewal was taken in time, and not before', async () => {
    let reason: unknown;
    let heldFor = 0;
    const { id } = await world.start(await world.workspace({ web: {} }));
    world.scripted.script('build/web', async context => {
      const begun = performance.now();
      context.signal.addEventListener('abort', () => {
        reason = context.signal.reason;
        heldFor = performance.now() - begun;
      });
      return forever(context, Promise.resolve());
    });
    work(world, 'a', { ...short, grace: 50 });
    await world.until(id, run => statesOf(run)['build/web'] === 'running');
    const renew = jest
      .spyOn(world.runs.claims, 'renew')
      .mockRejectedValue(busy());
    const claim = jest
      .spyOn(world.runs.claims, 'claim')
      .mockResolvedValue(undefined);
    await world.until(id, () => reason !== undefined);
    expect(reason).toBeInstanceOf(LeaseLostError);
    expect(String(reason)).toContain('took no renewal in time');
    expect(renew.mock.calls.length).toBeGreaterThan(1);
    expect(heldFor).toBeGreaterThan(500); // lease 1000 less margin 200, less what passed before
    expect(world.scripted.cancelled).toEqual([]);

    renew.mockRestore();
    claim.mockRestore();
    world.scripted.script('build/web', async () => {});
    const ended = await world.ended(id);
    expect(ended).toMatchObject({ state: 'succeeded', epoch: 2 });
    await expectWholeHistory(world, id);
  });

  it('a checkpoint that can never be written fails the run, which says why', async () => {
    const checkpoint = world.runs.claims.checkpoint.bind(world.runs.claims);
    jest
      .spyOn(world.runs.claims, 'checkpoint')
      .mockImplementation(async (claim, what) => {
        if (what.changes?.[0].key.stage === 'build') {
          throw new Error('no such column');
        }
        return checkpoint(claim, what);
      });
    const { id } = await world.start(await world.workspace({ web: {} }));
    work(world);
    const ended = await world.until(id, run => run.state === 'failed');
    expect(statesOf(ended)).toMatchObject({ 'fetch/web': 'succeeded' });
    expect(await world.messages(id)).toContain('Error: no such column');
  });
});
