import { TestDatabases } from '@backstage/backend-test-utils';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunRow } from '../store/rows';
import { createWorld, statesOf, type World } from './__testUtils__/createWorld';
import {
  connect,
  connectionOf,
  type SharedDatabase,
} from './__testUtils__/sharedDatabase';
import type { WorkerProcessOptions } from './__testUtils__/workerProcess';

jest.setTimeout(180_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });
const LEASE = 1_500;
/** The test's own process waits for the file as long as it takes. */
const PATIENCE = 10_000;
const KILLS = 8;
const PAUSES = 3;
/** Objects that the engine makes in a run: provision, build, migrate, deploy. */
const OBJECTS_OF_A_RUN = 4;

describe.each(databases.eachSupportedId())('Processes on %s', databaseId => {
  let directory: string;
  let database: SharedDatabase;
  let world: World;
  /** By the ids of their workers. */
  let processes: Map<string, ChildProcess>;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'slipway-workers-'));
    database = await sharedDatabase();
    world = await createWorld(connect(database, PATIENCE), {
      leaseMilliseconds: LEASE,
    });
    processes = new Map();
  });

  afterEach(async () => {
    for (const child of processes.values()) child.kill('SIGKILL');
    await world.knex.destroy();
    await rm(directory, { recursive: true });
  });

  async function sharedDatabase(): Promise<SharedDatabase> {
    if (databaseId === 'SQLITE_3') {
      const filename = path.join(directory, 'runs.db');
      return { client: 'better-sqlite3', filename };
    }
    const knex = await databases.init(databaseId);
    return { client: 'pg', connection: connectionOf(knex) };
  }

  async function startWorker(): Promise<ChildProcess> {
    const worker = `worker-${processes.size + 1}`;
    const options: WorkerProcessOptions = {
      database,
      directory,
      worker,
      leaseMilliseconds: LEASE,
    };
    const child = spawn(
      process.execPath,
      [
        '--require',
        require.resolve('@backstage/cli/config/nodeTransform.cjs'),
        path.join(__dirname, '__testUtils__/workerProcess.ts'),
        JSON.stringify(options),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    processes.set(worker, child);
    await Promise.race([
      once(child.stdout!, 'data'),
      once(child, 'exit').then(() => {
        throw new Error('a worker ended before it was ready');
      }),
    ]);
    return child;
  }

  async function startRuns(amount: number): Promise<string[]> {
    const ids: string[] = [];
    for (let count = 0; count < amount / 2; count++) {
      const workspace = await world.workspace({
        web: { migration: { command: ['migrate'] } },
      });
      ids.push((await world.start(workspace)).id);
      ids.push((await world.start(workspace)).id);
    }
    return ids;
  }

  /** Some run that is carried out just now, and the process that does; `undefined` when all have ended. */
  async function someRunning(): Promise<
    { run: RunRow; child: ChildProcess } | undefined
  > {
    for (;;) {
      const rows: RunRow[] = await world
        .knex('runs')
        .whereIn('state', ['queued', 'running'])
        .catch(() => []); // the file is locked just now
      const held = rows.filter(row => row.worker && row.state === 'running');
      const run = held[Math.floor(Math.random() * held.length)];
      const child = run && processes.get(run.worker ?? '');
      if (child && !child.killed) return { run, child };
      const left = await world
        .knex('runs')
        .whereIn('state', ['queued', 'running'])
        .catch(() => [undefined]);
      if (left.length === 0) return undefined;
      await sleep(20);
    }
  }

  /** As many runs that nobody disturbed would be. */
  async function expectUndisturbed(ids: string[]): Promise<void> {
    for (const id of ids) {
      const run = await world.view(id);
      expect(new Set(Object.values(statesOf(run)))).toEqual(
        new Set(['succeeded', 'skipped']),
      );
      expect(run.state).toBe('succeeded');
      expect(run.stages).toHaveLength(8);
      const events = await world.runs.events(id, 0, 1000);
      expect(events.map(event => event.sequence)).toEqual(
        events.map((_, index) => index + 1),
      );
      const written = events
        .filter(event => event.type === 'stage')
        .map(event => `${event.stage} ${event.state}`);
      expect([...written].sort()).toEqual([...new Set(written)].sort());
      expect(written).toHaveLength(16);
    }
    const files = await readdir(directory);
    const objects = files.filter(name => name.startsWith('object-'));
    expect(objects).toHaveLength(ids.length * OBJECTS_OF_A_RUN);
    const releases = await world.knex('releases');
    expect(releases).toHaveLength(ids.length);
  }

  it('D17 C1 workers that are killed again and again leave every run as an undisturbed one', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) await startWorker();
    let kills = 0;
    while (kills < KILLS) {
      ids.push(...(await startRuns(4)));
      const found = await someRunning();
      if (!found) continue;
      await sleep(Math.random() * 300); // at any point of the work
      found.child.kill('SIGKILL');
      kills++;
      await startWorker();
    }
    expect(kills).toBe(KILLS);
    for (const id of ids) await world.ended(id);
    await expectUndisturbed(ids);
    const taken = await world.knex('runs').where('epoch', '>', 1);
    const adopted = await lines('adopted');
    expect(taken.length).toBeGreaterThanOrEqual(KILLS / 2); // some had just ended
    process.stdout.write(
      `${databaseId}: ${kills} kills, ${taken.length} runs taken over, ${adopted.length} objects adopted\n`,
    );
  });

  // The file of SQLite is locked for all by one who stands still amid a transaction: it has one portal alone.
  const severalPortals = databaseId !== 'SQLITE_3';
  if (severalPortals)
    it('C2 C3 workers that are paused for longer than their lease write nothing that counts afterwards', async () => {
      const ids: string[] = [];
      for (let count = 0; count < 3; count++) await startWorker();
      let pauses = 0;
      while (pauses < PAUSES) {
        ids.push(...(await startRuns(4)));
        const found = await someRunning();
        if (!found) continue;
        const { run, child } = found;
        child.kill('SIGSTOP');
        const held = await world.view(run.id);
        if (held.state === 'running' && held.worker === run.worker) {
          await world.until(run.id, each => each.epoch > held.epoch);
          pauses++;
        }
        child.kill('SIGCONT');
      }
      expect(pauses).toBe(PAUSES);
      for (const id of ids) await world.ended(id);
      await expectUndisturbed(ids);
      const adopted = await lines('adopted');
      process.stdout.write(
        `${databaseId}: ${pauses} pauses, ${adopted.length} objects adopted\n`,
      );
    });

  it('C6 a process that is told to end leaves its runs to another at once', async () => {
    const first = await startWorker();
    const ids = await startRuns(6);
    await world.until(ids[0], run => run.state === 'running');
    const second = await startWorker();
    const exit = once(first, 'exit');
    first.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    const held = await world
      .knex('runs')
      .where({ state: 'running', worker: 'worker-1' });
    expect(held).toEqual([]);
    for (const id of ids)
      await world.until(id, run => run.state === 'succeeded');
    await expectUndisturbed(ids);
    second.kill('SIGTERM');
  });

  async function lines(file: string): Promise<string[]> {
    const text = await readFile(path.join(directory, file), 'utf8').catch(
      () => '',
    );
    return text.split('\n').filter(Boolean);
  }
});
