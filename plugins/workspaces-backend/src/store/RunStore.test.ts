import { TestDatabases } from '@backstage/backend-test-utils';
import { randomUUID } from 'node:crypto';
import {
  createWorld,
  statesOf,
  type World,
  type WorldOptions,
} from '../runs/__testUtils__/createWorld';
import { LeaseLostError, type ClaimedRun } from './RunClaims';
import { readDatabaseNow } from './database';
import { replicaId } from './replica';
import type { RunRow } from './rows';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });
const by = 'user:default/guest';
const provision = { stage: 'provision' as const, app: '', attempt: 1 };

describe.each(databases.eachSupportedId())('RunStore on %s', databaseId => {
  async function open(options?: WorldOptions): Promise<World> {
    return createWorld(await databases.init(databaseId), options);
  }

  async function claimOne(world: World, worker = 'a'): Promise<ClaimedRun> {
    const claimed = await world.runs.claims.claim(worker);
    if (!claimed) throw new Error('nothing to claim');
    return claimed;
  }

  async function expire(world: World, run: RunRow): Promise<void> {
    await world.knex('runs').where({ id: run.id }).update({ lease_until: 1 });
  }

  it('stores a run with its stages and its first event, numbered within the workspace', async () => {
    const world = await open();
    const workspace = await world.workspace({ web: {}, api: {} });
    const other = await world.workspace({ web: {} });
    const first = await world.start(workspace);
    const second = await world.start(workspace);

    expect([first.number, second.number]).toEqual([1, 2]);
    expect((await world.start(other)).number).toBe(1);
    expect(first).toMatchObject({ state: 'queued', owner: workspace.owner });
    const { stages } = await world.view(first.id);
    expect(stages.map(({ name, app }) => `${name} ${app ?? ''}`)).toEqual([
      'provision ',
      'fetch web',
      'fetch api',
      'build web',
      'build api',
      'dependencies ',
      'migrate web',
      'migrate api',
      'deploy web',
      'deploy api',
      'expose web',
      'expose api',
      'verify web',
      'verify api',
    ]);
    expect(stages.every(stage => stage.state === 'pending')).toBe(true);
    const events = await world.runs.events(first.id, 0, 10);
    expect(events).toMatchObject([{ sequence: 1, state: 'queued' }]);
  });

  it('answers the same run for the same key, also when both come at once, and refuses the key for another request', async () => {
    const world = await open();
    const workspace = await world.workspace({ web: {} });
    const idempotency = {
      principal: by,
      route: 'runs',
      key: 'k',
      requestHash: 'h',
    };
    const runs = await Promise.all(
      [1, 2, 3].map(() =>
        world.service.start(workspace, {}, { by, idempotency }),
      ),
    );
    expect(new Set(runs.map(run => run.id)).size).toBe(1);
    expect(await world.knex('runs')).toHaveLength(1);
    await expect(
      world.service.start(
        workspace,
        {},
        { by, idempotency: { ...idempotency, requestHash: 'other' } },
      ),
    ).rejects.toThrow('Idempotency-Key: "k" was used for another request');
  });

  it('D18 carries out one run of a workspace at a time, the oldest first', async () => {
    const world = await open();
    const workspace = await world.workspace({ web: {} });
    const first = await world.start(workspace);
    const second = await world.start(workspace);

    const claimed = await claimOne(world);
    expect(claimed.run.id).toBe(first.id);
    expect(await world.runs.claims.claim('b')).toBeUndefined();
    await expect(
      world.knex('runs').where({ id: second.id }).update({ state: 'running' }),
    ).rejects.toThrow(/unique/i);

    await world.runs.claims.finish(claimed.claim, 'succeeded', []);
    expect((await claimOne(world, 'b')).run.id).toBe(second.id);
  });

  it('carries out runs of one workspace in the order of their numbers, also those of one millisecond', async () => {
    const world = await open();
    const workspace = await world.workspace({ web: {} });
    for (let run = 0; run < 6; run += 1) await world.start(workspace);
    await world.knex('runs').update({ queued_at: 1 });
    const numbers: number[] = [];
    for (let run = 0; run < 6; run += 1) {
      const claimed = await claimOne(world);
      numbers.push(claimed.run.number);
      await world.runs.claims.finish(claimed.claim, 'succeeded', []);
    }
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('gives each run to one of several workers that claim at the same time', async () => {
    const world = await open();
    const runs = await Promise.all(
      Array.from({ length: 12 }, async () =>
        world.start(await world.workspace({ web: {} })),
      ),
    );
    const claims: ClaimedRun[] = [];
    const work = async (worker: string) => {
      for (;;) {
        const claimed = await world.runs.claims.claim(worker);
        if (claimed) claims.push(claimed);
        const left = await world.knex('runs').where({ state: 'queued' });
        if (left.length === 0) return;
      }
    };
    await Promise.all([work('a'), work('b'), work('c')]);
    expect(claims.map(each => each.run.id).sort()).toEqual(
      runs.map(run => run.id).sort(),
    );
    expect(claims.every(each => each.claim.epoch === 1)).toBe(true);
  });

  it('keeps the limits of all and of an owner, also under parallel claims, and says what each run waits for', async () => {
    const world = await open({ limits: { total: 3, perOwner: 2 } });
    const owned = (owner: string) => world.workspace({ web: {} }, owner);
    const ofOne: RunRow[] = [];
    for (let count = 0; count < 3; count++) {
      ofOne.push(await world.start(await owned('group:default/one')));
    }
    const two = await owned('group:default/two');
    const ofTwo = await world.start(two);
    const behind = await world.start(two);
    const ofThree = await world.start(await owned('group:default/three'));

    expect(await world.runs.queuePosition(ofOne[0].id)).toEqual({
      position: 1,
      waitsFor: 'worker',
    });
    const claims = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map(worker => world.runs.claims.claim(worker)),
    );
    for (let more = true; more; ) {
      const claimed = await world.runs.claims.claim('f');
      if (claimed) claims.push(claimed);
      more = claimed !== undefined;
    }
    const running = claims.flatMap(each => each?.run.id ?? []);
    expect(running.sort()).toEqual([ofOne[0].id, ofOne[1].id, ofTwo.id].sort());
    expect(await world.runs.queuePosition(ofOne[0].id)).toBeUndefined();
    expect(
      await world.runs.queuePositions([ofOne[2].id, behind.id, ofThree.id]),
    ).toEqual(
      new Map([
        [ofOne[2].id, { position: 1, waitsFor: 'owner' }],
        [
          behind.id,
          { position: 2, waitsFor: 'workspace', behindRun: ofTwo.id },
        ],
        [ofThree.id, { position: 3, waitsFor: 'limit' }],
      ]),
    );
  });

  it('writes checkpoint, events and renewal together, counts events without gaps, and nothing where one part fails', async () => {
    const world = await open();
    const run = await world.start(await world.workspace({ web: {} }));
    const { claim } = await claimOne(world);
    const { claims } = world.runs;
    await claims.checkpoint(claim, {
      changes: [
        { key: provision, from: 'pending', to: 'running', deadlineSeconds: 9 },
      ],
      events: [{ type: 'stage', ...provision, message: 'provision running' }],
    });
    const before = await world.runs.get(run.id);
    await expect(
      claims.checkpoint(claim, {
        changes: [{ key: provision, from: 'running', to: 'succeeded' }],
        events: [{ type: 'stage', ...provision, message: 'not written' }],
        alongside: async () => {
          throw new Error('refused');
        },
      }),
    ).rejects.toThrow('refused');
    expect(await world.runs.get(run.id)).toEqual(before);
    expect(statesOf(await world.view(run.id)).provision).toBe('running');

    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        claims.checkpoint(claim, {
          events: [
            { type: 'progress', message: `${index} first` },
            { type: 'progress', message: `${index} second` },
          ],
        }),
      ),
    );
    const events = await world.runs.events(run.id, 0, 100);
    expect(events.map(event => event.sequence)).toEqual(
      Array.from({ length: 23 }, (_, index) => index + 1),
    );
    expect(await world.messages(run.id)).not.toContain('not written');
    expect((await world.runs.get(run.id))?.last_event).toBe(23);
  });

  it('writes a checkpoint once, although it is written again because its answer was lost', async () => {
    const world = await open();
    const run = await world.start(await world.workspace({ web: {} }));
    const { claim } = await claimOne(world);
    const started = {
      changes: [
        { key: provision, from: 'pending' as const, to: 'running' as const },
      ],
      events: [{ type: 'stage' as const, message: 'provision running' }],
    };
    await world.runs.claims.checkpoint(claim, started);
    await world.runs.claims.checkpoint(claim, started);
    await world.runs.claims.finish(claim, 'succeeded', [
      { type: 'run', message: 'succeeded' },
    ]);
    await world.runs.claims.finish(claim, 'succeeded', [
      { type: 'run', message: 'succeeded' },
    ]);
    expect((await world.messages(run.id)).slice(2)).toEqual([
      'provision running',
      'succeeded',
    ]);
  });

  it('refuses every write of a worker whose run was taken over, by the clock of the database alone', async () => {
    const world = await open();
    const run = await world.start(await world.workspace({ web: {} }));
    const zombie = await claimOne(world, 'zombie');
    await world.runs.claims.checkpoint(zombie.claim, {
      changes: [
        {
          key: provision,
          from: 'pending',
          to: 'running',
          deadlineSeconds: 100,
        },
      ],
    });
    expect(await world.runs.claims.claim('b')).toBeUndefined();

    const realNow = Date.now;
    Date.now = () => realNow() + 600_000; // a replica whose clock is 10 min ahead
    try {
      expect(await world.runs.claims.claim('b')).toBeUndefined();
    } finally {
      Date.now = realNow;
    }
    await expire(world, run);
    await world
      .knex('stages')
      .where({ run_id: run.id, stage: 'provision' })
      .update({ heartbeat_at: (await readDatabaseNow(world.knex)) - 5_000 });
    const { deadlineAt } = (await world.view(run.id)).stages[0];
    const taken = await claimOne(world, 'b');
    expect(taken).toMatchObject({ takeover: true, run: { epoch: 2 } });
    const { stages } = await world.view(run.id);
    const longer = Date.parse(stages[0].deadlineAt!) - Date.parse(deadlineAt!);
    expect(longer).toBeGreaterThanOrEqual(5_000); // nobody watched for so long
    expect(longer).toBeLessThan(8_000);

    const { claims } = world.runs;
    const events = await world.messages(run.id);
    for (const write of [
      () => claims.renew(zombie.claim),
      () =>
        claims.checkpoint(zombie.claim, {
          changes: [{ key: provision, from: 'running', to: 'succeeded' }],
          events: [{ type: 'stage', message: 'from beyond' }],
        }),
      () => claims.finish(zombie.claim, 'succeeded', []),
      () => claims.release(zombie.claim, { type: 'run', message: 'gone' }),
    ]) {
      await expect(write()).rejects.toThrow(LeaseLostError);
    }
    expect(await world.messages(run.id)).toEqual(events);
    expect(statesOf(await world.view(run.id)).provision).toBe('running');
    await claims.renew(taken.claim);
  });

  it('gives a run that was let go of, or whose process has ended, to another worker at once', async () => {
    const world = await open();
    const run = await world.start(await world.workspace({ web: {} }));
    const first = await claimOne(world, 'a');
    await world.runs.claims.release(first.claim, {
      type: 'run',
      message: 'let go of',
    });
    expect((await world.runs.get(run.id))?.worker).toBeNull();
    const second = await claimOne(world, 'b');
    expect(second.claim.epoch).toBe(2);
    expect(await world.runs.claims.claim('c', [run.id])).toBeUndefined();

    const [machine, , started] = replicaId().split('.');
    await world
      .knex('runs')
      .where({ id: run.id })
      .update({ worker: `${machine}.4194399.${started}.dead` });
    expect((await claimOne(world, 'c')).claim.epoch).toBe(3);
  });

  it('C9 cancels a run that waits at once, asks for one that runs, twice without effect, and refuses one that has ended', async () => {
    const world = await open();
    const workspace = await world.workspace({ web: {} });
    const running = await world.start(workspace);
    const waiting = await world.start(workspace);
    const { claim } = await claimOne(world);

    await world.service.cancel(waiting.id, { by });
    const cancelled = await world.view(waiting.id);
    expect(cancelled.state).toBe('cancelled');
    expect(new Set(Object.values(statesOf(cancelled)))).toEqual(
      new Set(['cancelled']),
    );
    await expect(world.service.cancel(waiting.id, { by })).rejects.toThrow(
      'Run 2 has ended (cancelled); there is nothing to cancel',
    );

    const once = await world.service.cancel(running.id, { by });
    const twice = await world.service.cancel(running.id, { by });
    expect(once.cancel_requested_at).not.toBeNull();
    expect(twice).toEqual(once);
    expect(await world.runs.claims.cancelRequested('a')).toEqual([running.id]);
    expect(await world.runs.claims.cancelRequested('b')).toEqual([]);
    await world.runs.claims.finish(claim, 'cancelled', []);
    await expect(world.service.cancel(randomUUID(), { by })).rejects.toThrow(
      'There is no run',
    );
  });

  it('deletes a workspace without waiting for its other runs, once, and takes no further run', async () => {
    const world = await open();
    const workspace = await world.workspace({ web: {} });
    const running = await world.start(workspace);
    const waiting = await world.start(workspace);
    const { claim } = await claimOne(world);

    const deletion = await world.service.startDelete(workspace, { by });
    const again = await world.service.startDelete(workspace, { by });
    expect(again.id).toBe(deletion.id);
    expect(deletion.number).toBe(3);
    expect((await world.runs.get(waiting.id))?.state).toBe('cancelled');
    expect(
      (await world.runs.get(running.id))?.cancel_requested_at,
    ).not.toBeNull();
    await expect(world.start(workspace)).rejects.toThrow(
      'The workspace is being deleted by its run 3; it takes no other run',
    );
    await world.runs.claims.finish(claim, 'cancelled', []);
    expect((await claimOne(world)).run.id).toBe(deletion.id);
    await expect(world.service.cancel(deletion.id, { by })).rejects.toThrow(
      'a deletion that has begun cannot be cancelled',
    );
    await expect(
      world.service.retry(running.id, undefined, { by }),
    ).rejects.toThrow('The workspace is being deleted');
  });
});
