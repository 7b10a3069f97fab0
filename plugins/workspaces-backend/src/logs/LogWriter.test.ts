import { TestDatabases } from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import { Changes } from '../store/changes';
import { LogStore, runLogStream } from './LogStore';
import { LogWriter, type LogWriterOptions } from './LogWriter';
import { Redactor } from './redact';
import { openDatabase } from '../store/database';

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

describe('LogWriter', () => {
  const stream = runLogStream('run-1', 'build', 'web');
  let knex: Knex;
  let changes: Changes;
  let store: LogStore;

  beforeAll(async () => {
    knex = await databases.init('SQLITE_3');
    await openDatabase({ getClient: async () => knex });
  });

  beforeEach(() => {
    changes = new Changes();
    store = new LogStore(knex, changes);
  });

  afterEach(async () => {
    await knex('log_chunks').delete();
  });

  function writer(options: Partial<LogWriterOptions> = {}): LogWriter {
    return new LogWriter({
      store,
      stream,
      workspaceId: 'w1',
      redactor: new Redactor(),
      ...options,
    });
  }

  const texts = async () =>
    (await store.page(stream, { limit: 5_000 })).items.map(line => line.text);

  it('splits into lines, keeps the last state of what was drawn over itself, and redacts', async () => {
    const redactor = new Redactor();
    redactor.add('hunter22');
    const log = writer({ redactor });
    log.write('one\ntwo\r\n\nfour\n');
    log.write('10%\r50%\r100%\r');
    log.write('the password is hunter22', new Date('2026-01-02T03:04:05Z'));
    log.write('');
    await log.close();
    expect(await texts()).toEqual([
      'one',
      'two',
      '',
      'four',
      '100%',
      'the password is ***',
      '',
    ]);
    const { items } = await store.page(stream, { from: 6, limit: 1 });
    expect(items[0].at).toBe('2026-01-02T03:04:05.000Z');
  });

  it('writes soon without being closed, in batches', async () => {
    const told = new EventEmitter();
    let batches = 0;
    changes.on(`log:${stream}`, () => {
      batches++;
      told.emit('written');
    });
    const log = writer({ flushAfter: 10 });
    const written = once(told, 'written');
    for (let i = 0; i < 100; i++) log.write(`line ${i}`);
    await written;
    expect(await texts()).toHaveLength(100);
    expect(batches).toBe(1);
    await log.close();
    log.write('after the end');
    expect(await texts()).toHaveLength(100);
  });

  it('stops at its largest size with a line that says so, also when it is opened again', async () => {
    const log = writer({ largest: { lines: 3, bytes: 1_000 } });
    log.write('1\n2\n3\n4\n5');
    await log.close();
    const full =
      '[this log has reached its largest size; what follows is not kept]';
    expect(await texts()).toEqual(['1', '2', '3', full]);
    const again = writer({ largest: { lines: 3, bytes: 1_000 } });
    again.write('6');
    await again.close();
    expect(await texts()).toEqual(['1', '2', '3', full]);
  });

  it('stops at its largest size in bytes', async () => {
    const log = writer({ largest: { lines: 1_000, bytes: 1_000 } });
    for (let i = 0; i < 20; i++) log.write('z'.repeat(99));
    await log.close();
    expect(await texts()).toHaveLength(11);
    expect((await texts()).at(-1)).toContain('largest size');
  });

  it('keeps what the database did not take, in its order, and says so at the end where it never did', async () => {
    const log = writer({ flushAfter: 5 });
    await knex.schema.renameTable('log_chunks', 'away');
    log.write('first');
    await expect(log.ready()).resolves.toBeUndefined();
    await expect(log.close()).rejects.toThrow(/log_chunks/);
    await knex.schema.renameTable('away', 'log_chunks');
    await log.close();
    expect(await texts()).toEqual(['first']);
  });

  it('bounds what waits for the database, and says how much was lost', async () => {
    const log = writer();
    const line = 'w'.repeat(1_000_000);
    for (let i = 0; i < 20; i++) log.write(line);
    await log.close();
    const kept = await texts();
    expect(kept).toHaveLength(17);
    expect(kept.at(-1)).toBe(
      '[4 lines are missing here: the database did not take them in time]',
    );
  });
});
