import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../endpoints/__testUtils__/until';
import { heldCondition, Lease, type HeldLease } from './Lease';
import {
  isGone,
  processOnThisMachine,
  replicaId,
  startOfProcess,
} from './replica';
import { openDatabase } from './database';

jest.setTimeout(30_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });

describe.each(databases.eachSupportedId())('Lease on %s', databaseId => {
  let knex: Knex;
  let leases: Lease[] = [];

  beforeAll(async () => {
    knex = await databases.init(databaseId);
    await openDatabase({ getClient: async () => knex });
  });

  afterEach(async () => {
    await Promise.all(leases.map(lease => lease.stop()));
    leases = [];
    await knex('leases').delete();
  });

  /** A replica, and what it holds while it holds it. */
  function replica(duration = 2_000) {
    const state: { held?: HeldLease; terms: number } = { terms: 0 };
    const logger = mockServices.logger.mock();
    const lease = new Lease({
      knex,
      name: 'work',
      logger,
      duration,
      work: async held => {
        state.held = held;
        state.terms++;
        if (!held.signal.aborted) await once(held.signal, 'abort');
        state.held = undefined;
      },
    });
    leases.push(lease);
    return { lease, state, logger };
  }

  it('lets one of several replicas work, and the next one when that stops', async () => {
    const replicas = [replica(), replica(), replica()];
    for (const { lease } of replicas) lease.start();
    const holders = () => replicas.filter(({ state }) => state.held);
    await until('one holds it', async () => holders().length === 1);
    const [first] = holders();
    expect(replicas.map(({ state }) => state.terms).sort()).toEqual([0, 0, 1]);
    await first.lease.stop();
    await until('another holds it', async () => holders().length === 1);
    expect(holders()[0]).not.toBe(first);
    expect(holders()[0].state.held!.epoch).toBe(2);
  });

  it('takes over from a replica that says nothing when its time is over, not before', async () => {
    const clock = Date.now();
    await knex('leases').insert({
      name: 'work',
      holder: 'elsewhere.1.1.x',
      epoch: 5,
      lease_until: clock + 1_000,
    });
    const { lease, state } = replica();
    lease.start();
    const held = await until('it takes over', async () => state.held);
    expect(held.epoch).toBe(6);
    expect(Date.now() - clock).toBeGreaterThan(950);
  });

  it('takes over at once from a process of this machine that is gone', async () => {
    const child = spawn(process.execPath, [
      '-e',
      'setInterval(() => {}, 1000)',
    ]);
    await once(child, 'spawn');
    const [machine] = replicaId().split('.');
    const holder = `${machine}.${child.pid}.${startOfProcess(child.pid!)}.x`;
    expect(isGone(holder)).toBe(false);
    expect(processOnThisMachine(holder)).toBe(child.pid);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isGone(holder)).toBe(true);
    await knex('leases').insert({
      name: 'work',
      holder,
      epoch: 1,
      lease_until: Date.now() + 3_600_000,
    });
    const { lease, state } = replica();
    lease.start();
    await until('it takes over', async () => state.held, 1_000);
  });

  it('ends the work when another replica took the lease, whose fence then lets nothing through', async () => {
    const { lease, state } = replica(1_500);
    lease.start();
    const held = await until('it holds', async () => state.held);
    const write = () =>
      knex('leases')
        .where({ name: 'work' })
        .whereExists(heldCondition(knex, held))
        .update({ name: 'work' });
    expect(await write()).toBe(1);
    await knex('leases').update({
      holder: 'elsewhere.1.1.x',
      epoch: held.epoch + 1,
      lease_until: Date.now() + 60_000,
    });
    expect(await write()).toBe(0);
    await until('it is told', async () => held.signal.aborted);
    expect(await knex('leases').first()).toMatchObject({
      holder: 'elsewhere.1.1.x',
    });
  });

  it('outlives a renewal that failed, and ends before others may take over when all fail', async () => {
    const { lease, state, logger } = replica(4_000);
    lease.start();
    const held = await until('it holds', async () => state.held);
    const leaseUntil = async (): Promise<number> =>
      (await knex('leases').first()).lease_until;
    const before = await leaseUntil();
    await knex.schema.renameTable('leases', 'leases_away');
    await until(
      'a renewal has failed',
      async () => logger.warn.mock.calls.length > 0,
    );
    await knex.schema.renameTable('leases_away', 'leases');
    await until('it is renewed', async () => (await leaseUntil()) > before);
    expect(held.signal.aborted).toBe(false);

    const limit = await leaseUntil();
    await knex.schema.renameTable('leases', 'leases_away');
    await once(held.signal, 'abort');
    const ended = Date.now();
    await knex.schema.renameTable('leases_away', 'leases');
    expect(ended).toBeLessThan(limit);
  });
});
