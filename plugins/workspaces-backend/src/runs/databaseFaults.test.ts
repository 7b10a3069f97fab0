import { TestDatabases } from '@backstage/backend-test-utils';
import knexFactory, { type Knex } from 'knex';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LeaseLostError } from '../store/RunClaims';
import type { RunWorker } from './RunWorker';
import { createWorld, type World } from './__testUtils__/createWorld';
import { expectWholeHistory } from './__testUtils__/history';
import { gate } from './__testUtils__/ScriptedEngine';
import { connect, connectionOf } from './__testUtils__/sharedDatabase';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });
const migration = { command: ['npm', 'run', 'migrate'] };

let workers: RunWorker[] = [];

afterEach(async () => {
  await Promise.all(workers.map(worker => worker.stop()));
  workers = [];
});

function work(world: World): void {
  const worker = world.worker('a', { renew: 200, margin: 200, poll: 50 });
  workers.push(worker);
  worker.start();
}

describe('Faults of a real SQLite file', () => {
  let directory: string;
  const opened: Knex[] = [];

  function open(): Knex {
    const filename = path.join(directory, 'runs.db');
    const knex = connect({ client: 'better-sqlite3', filename });
    opened.push(knex);
    return knex;
  }

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'slipway-runs-'));
  });

  afterEach(async () => {
    await Promise.all(workers.map(worker => worker.stop()));
    await Promise.all(opened.splice(0).map(knex => knex.destroy()));
    await rm(directory, { recursive: true });
  });

  it('C4 a file that another process has locked for a while delays a run and fails nothing', async () => {
    const world = await createWorld(open(), { leaseMilliseconds: 10_000 });
    const other = open();
    const held = gate();
    world.scripted.script('build/web', held.script);
    const { id } = await world.start(await world.workspace({ web: {} }));
    work(world);
    await held.begun;
    await other.raw('BEGIN EXCLUSIVE');
    held.open();
    const refused = new Promise<void>(resolve => {
      jest.spyOn(world.logger, 'warn').mockImplementation(message => {
        if (message.includes('The database is asked again')) resolve();
      });
    });
    await refused;
    await other.raw('COMMIT');
    const ended = await world.ended(id);
    expect(ended).toMatchObject({ state: 'succeeded', epoch: 1 });
    await expectWholeHistory(world, id);
  });
});

const databaseId = 'POSTGRES_15';
const withPostgres = databases.supports(databaseId);
const why =
  ' (skipped: BACKSTAGE_TEST_DATABASE_POSTGRES15_CONNECTION_STRING is not set)';
const describeServer = withPostgres ? describe : describe.skip;

describeServer(`Faults of a real server${withPostgres ? '' : why}`, () => {
  it('C4 connections that the server ends again and again delay a run and fail nothing', async () => {
    const knex = await databases.init(databaseId);
    const world = await createWorld(knex, { leaseMilliseconds: 5_000 });
    const server = knexFactory({
      client: 'pg',
      connection: { ...connectionOf(knex), application_name: 'watcher' },
    });
    const watcher = await createWorld(server);
    const workspace = await world.workspace({ web: { migration }, api: {} });
    const { id } = await world.start(workspace);
    let killed = 0;
    const endConnections = async () => {
      const ended = await server.raw(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name <> 'watcher'`,
      );
      killed += ended.rowCount;
    };
    for (const stage of ['provision', 'build/web', 'deploy/web', 'settle']) {
      world.scripted.script(stage, endConnections);
    }
    work(world);
    const ended = await watcher.ended(id);
    await expectWholeHistory(watcher, id);
    await server.destroy();
    expect(killed).toBeGreaterThanOrEqual(4);
    expect(ended).toMatchObject({ state: 'succeeded', epoch: 1 });
  });

  it('C4 a table that is locked for longer than the lease costs the run its worker, and nothing else', async () => {
    const knex = await databases.init(databaseId);
    const world = await createWorld(knex, { leaseMilliseconds: 800 });
    const server = knexFactory({
      client: 'pg',
      connection: connectionOf(knex),
    });
    const { id } = await world.start(await world.workspace({ web: {} }));
    let reason: unknown;
    world.scripted.script('build/web', async context => {
      const lock = await server.transaction();
      await lock.raw('lock table runs in access exclusive mode');
      await new Promise<void>(resolve =>
        context.signal.addEventListener('abort', () => resolve()),
      );
      reason = context.signal.reason;
      world.scripted.script('build/web', async () => {});
      await lock.rollback();
    });
    work(world);
    const ended = await world.ended(id);
    await server.destroy();
    expect(reason).toBeInstanceOf(LeaseLostError);
    expect(ended).toMatchObject({ state: 'succeeded', epoch: 2 });
    await expectWholeHistory(world, id);
  });
});
