import { TestDatabases } from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import { randomBytes } from 'node:crypto';
import { Changes } from '../store/changes';
import { addWorkspace } from './__testUtils__/workspaces';
import { appLogStream, LogStore, runLogStream } from './LogStore';
import { openDatabase } from '../store/database';

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });

describe.each(databases.eachSupportedId())('LogStore on %s', databaseId => {
  const stream = runLogStream('run-1', 'build', 'web');
  let knex: Knex;
  let changes: Changes;
  let store: LogStore;

  beforeAll(async () => {
    knex = await databases.init(databaseId);
    await openDatabase({ getClient: async () => knex });
  });

  beforeEach(async () => {
    changes = new Changes();
    store = new LogStore(knex, changes);
    await addWorkspace(knex, 'w1');
  });

  afterEach(async () => {
    await knex('log_chunks').delete();
    await knex('workspaces').delete();
  });

  const lines = (texts: string[], at = new Date('2026-11-21T10:00:00.123Z')) =>
    texts.map(text => ({ at, text }));
  const numbers = (count: number, first = 1) =>
    Array.from({ length: count }, (_, index) => `line ${first + index}`);
  const append = (texts: string[]) => store.append(stream, 'w1', lines(texts));
  const page = async (from?: number, limit?: number) =>
    (await store.page(stream, { from, limit })).items.map(item => item.text);

  it('numbers lines from 1, lets the last chunk grow until it is full, and tells those who follow', async () => {
    const told: string[] = [];
    changes.on(`log:${stream}`, () => told.push('told'));
    expect(await append(['one', 'zwei ü', ''])).toEqual([
      { line: 1, at: '2026-11-21T10:00:00.123Z', text: 'one' },
      { line: 2, at: '2026-11-21T10:00:00.123Z', text: 'zwei ü' },
      { line: 3, at: '2026-11-21T10:00:00.123Z', text: '' },
    ]);
    expect((await append(['four']))[0].line).toBe(4);
    expect(await knex('log_chunks').select('first_line', 'line_count')).toEqual(
      [{ first_line: 1, line_count: 4 }],
    );
    expect(told).toHaveLength(2);

    await append(numbers(5_000, 5));
    await append(['the end']);
    const chunks = await knex('log_chunks').orderBy('first_line');
    expect(chunks.length).toBeGreaterThan(2);
    let next = 1;
    for (const chunk of chunks) {
      expect(chunk.first_line).toBe(next);
      expect(chunk.content.length).toBeLessThan(64 * 1024);
      next += chunk.line_count;
    }
    expect(await store.lastLine(stream)).toBe(5_005);
    expect(await page(5_003)).toEqual(['line 5003', 'line 5004', 'the end']);
  });

  it('cuts a line that is too long, and says how much is missing', async () => {
    await append(['x'.repeat(20_000)]);
    const [text] = await page();
    expect(text).toBe(`${'x'.repeat(16_000)} [4000 more characters cut]`);
  });

  it('pages by line, from the end too, and says what there is', async () => {
    await append(numbers(3_000));
    expect(await page(2_999, 10)).toEqual(['line 2999', 'line 3000']);
    expect(await page(-2)).toEqual(['line 2999', 'line 3000']);
    expect(await page(-5_000, 1)).toEqual(['line 1']);
    expect(await page(1_000, 2)).toEqual(['line 1000', 'line 1001']);
    expect(await page(3_001)).toEqual([]);
    expect((await page()).length).toBe(500);
    expect(await store.page(stream, { from: -1 })).toMatchObject({
      firstLine: 1,
      lastLine: 3_000,
    });
    expect(await store.page('run/none/build/')).toEqual({
      items: [],
      firstLine: 1,
      lastLine: 0,
    });
  });

  it('never answers more than 1 MiB at once', async () => {
    const long = Array.from({ length: 200 }, () =>
      randomBytes(6_000).toString('hex'),
    );
    await append(long);
    const first = await store.page(stream, { limit: 5_000 });
    expect(first.items.length).toBeGreaterThan(50);
    expect(first.items.length).toBeLessThan(100);
    const second = await store.page(stream, {
      from: first.items.at(-1)!.line + 1,
    });
    expect(second.items[0].text).toBe(long[first.items.length]);
  });

  it('finds plain text whatever its case, from a line on, and says how far it looked', async () => {
    await append(numbers(2_000));
    await append(['Error: [x] (FAILED)*']);
    await append(numbers(100, 2_002));
    const found = await store.search(stream, { text: 'error: [X] (failed)*' });
    expect(found.items).toMatchObject([
      { line: 2_001, text: 'Error: [x] (FAILED)*' },
    ]);
    expect(found).toMatchObject({ lastLine: 2_101, searchedTo: 2_101 });
    const some = await store.search(stream, { text: 'LINE 19', limit: 2 });
    expect(some.items.map(item => item.line)).toEqual([19, 190]);
    expect(some.searchedTo).toBe(190);
    const next = await store.search(stream, { text: 'line 19', from: 191 });
    expect(next.items[0].line).toBe(191);
    expect((await store.search(stream, { text: '%' })).items).toEqual([]);
  });

  it('keeps every line of parallel writers once, each batch together', async () => {
    const writers = Array.from({ length: 6 }, (_, writer) => writer);
    await Promise.all(
      writers.map(async writer => {
        const own = new LogStore(knex, changes);
        for (let batch = 0; batch < 8; batch++) {
          const texts = Array.from(
            { length: 40 },
            (_, line) => `${writer}/${batch}/${line} ${'y'.repeat(200)}`,
          );
          const kept = await own.append(stream, 'w1', lines(texts));
          expect(kept.at(-1)!.line - kept[0].line).toBe(39);
        }
      }),
    );
    const all = (await page(1, 5_000)).map(text => text.split(' ')[0]);
    expect(all).toHaveLength(6 * 8 * 40);
    expect(new Set(all).size).toBe(all.length);
    for (let start = 0; start < all.length; start += 40) {
      const batch = all[start].replace(/0$/, '');
      expect(all.slice(start, start + 40)).toEqual(
        Array.from({ length: 40 }, (_, line) => `${batch}${line}`),
      );
    }
  });

  it('D25: keeps the logs of apps and stages apart', async () => {
    const streams = ['web', 'worker'].flatMap(app => [
      runLogStream('run-2', 'build', app),
      runLogStream('run-2', 'migrate', app),
      appLogStream('w1', app),
    ]);
    for (const [index, name] of streams.entries())
      await store.append(name, 'w1', lines(numbers(index + 1)));
    expect(await store.lastLines([...streams, 'run/none/build/'])).toEqual(
      new Map(streams.map((name, index) => [name, index + 1])),
    );
  });

  it('forgets what is old, but lets the numbers of an app that was quiet go on', async () => {
    const app = appLogStream('w1', 'web');
    for (const name of [stream, app])
      await store.append(name, 'w1', lines(numbers(4_000)));
    await knex('log_chunks').update({ updated_at: 1_000 });
    await store.append(
      runLogStream('run-9', 'build', 'web'),
      'w1',
      lines(['new']),
    );
    await store.deleteOlderThan(2_000);

    expect(await store.lastLine(stream)).toBe(0);
    expect(await store.lastLine('run/run-9/build/web')).toBe(1);
    const kept = await store.page(app, { from: 1, limit: 1 });
    expect(kept.firstLine).toBeGreaterThan(1);
    expect(kept.items[0].line).toBe(kept.firstLine);
    expect(await store.append(app, 'w1', lines(['again']))).toMatchObject([
      { line: 4_001 },
    ]);
  });

  it('keeps nothing more of what the apps of a deleted workspace say', async () => {
    const app = appLogStream('w1', 'web');
    await knex('workspaces').update({ live_name: null });
    expect(await store.append(app, 'w1', lines(['bye']))).toEqual([]);
    expect(await store.lastLine(app)).toBe(0);
    expect(await append(['removed the network'])).toHaveLength(1);
  });

  it('drops the oldest chunks beyond a number, and none where there are fewer', async () => {
    await append(numbers(6_000));
    const { bytes } = await store.size(stream);
    await store.trim(stream, 100);
    expect((await store.size(stream)).bytes).toBe(bytes);
    await store.trim(stream, 2);
    expect((await store.size(stream)).bytes).toBe(2 * 64 * 1024);
    expect(await store.lastLine(stream)).toBe(6_000);
  });
});
