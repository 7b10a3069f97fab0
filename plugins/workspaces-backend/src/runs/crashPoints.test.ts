import { TestDatabases } from '@backstage/backend-test-utils';
import { metricsServiceMock } from '@backstage/backend-test-utils/alpha';
import { randomUUID } from 'node:crypto';
import type { RunRow, WorkspaceRow } from '../store/rows';
import type { RunStore } from '../store/RunStore';
import { RunWorker } from './RunWorker';
import type { RunServices } from './services';
import { createWorld, type World } from './__testUtils__/createWorld';
import { expectWholeHistory } from './__testUtils__/history';

jest.setTimeout(240_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });
const by = 'user:default/guest';
const LIMIT = 200;

/** Called within the transaction of a checkpoint, which a crash rolls back as a whole. */
const inTransaction = ['setServing', 'failRelease', 'bury', 'present'];

/**
 * Lets the process of a worker end at one point: from then on nothing that it does comes
 * through, and nothing answers it. Points are counted over all that it asks for: one
 * before each, one after.
 */
class CrashPoint {
  readonly reached: Promise<void>;
  #reach = () => {};
  #passed = 0;
  #dead = false;

  constructor(readonly at: number) {
    this.reached = new Promise(resolve => {
      this.#reach = resolve;
    });
  }

  /** The service, of which all that is asynchronous can be cut off. */
  watch<T extends object>(service: T): T {
    return new Proxy(service, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        if (inTransaction.includes(String(name))) return member.bind(target);
        return (...args: unknown[]) => {
          const result = this.#dead ? never() : undefined;
          return result ?? this.#call(() => member.apply(target, args));
        };
      },
    });
  }

  #call(work: () => unknown): unknown {
    if (this.#isHere()) return never();
    const result = work();
    if (isStream(result)) return this.#stream(result);
    return result instanceof Promise
      ? result.then(value => (this.#isHere() ? never() : value))
      : result;
  }

  async *#stream(source: AsyncIterable<unknown>) {
    for await (const value of source) {
      if (this.#isHere()) await never();
      yield value;
    }
    if (this.#isHere()) await never();
  }

  #isHere(): boolean {
    if (this.#passed++ === this.at) {
      this.#dead = true;
      this.#reach();
    }
    return this.#dead;
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof value === 'object' && value !== null && Symbol.asyncIterator in value
  );
}

describe.each(databases.eachSupportedId())('Crash points on %s', databaseId => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld(await databases.init(databaseId));
  });

  /** A worker that dies at the point. */
  function mortal(point: CrashPoint): RunWorker {
    const { engine, builder } = world.scripted;
    const services: RunServices = {
      ...world.services,
      workspaces: point.watch(world.services.workspaces),
      images: point.watch(world.services.images),
      endpoints: point.watch({
        find: (...args) => world.endpoints.find(...args),
        ofWorkspace: (...args) => world.endpoints.ofWorkspace(...args),
        reserve: (...args) => world.endpoints.reserve(...args),
        switchTo: (...args) => world.endpoints.switchTo(...args),
        drained: (...args) => world.endpoints.drained(...args),
        publicUrl: () => undefined,
      } satisfies RunServices['endpoints']),
      sources: point.watch(world.services.sources),
      engines: {
        get: () => ({
          engine: point.watch(engine),
          builder: point.watch(builder),
        }),
      },
    };
    const claims = point.watch(world.runs.claims);
    return new RunWorker({
      store: { claims } as unknown as RunStore,
      services,
      settings: { perReplica: 1, deadlines: {} },
      metrics: metricsServiceMock.mock(),
      logger: world.logger,
      workerId: 'mortal',
      timing: { poll: 20, renew: 60_000, stop: 0 },
    });
  }

  /** Carries the run out with a worker that dies at the point and one that takes over; answers whether it died. */
  async function carryOut(run: RunRow, at: number): Promise<boolean> {
    const point = new CrashPoint(at);
    const first = mortal(point);
    first.start();
    const died = await Promise.race([
      point.reached.then(() => true),
      world.ended(run.id).then(() => false),
    ]);
    await first.stop();
    if (!died) return false;
    await world
      .knex('runs')
      .where({ id: run.id, state: 'running' })
      .update({ lease_until: 1 });
    const second = world.worker('second', { poll: 20 });
    second.start();
    await world.ended(run.id);
    await second.stop();
    return true;
  }

  /** All that is left of a run, without what differs between any two: ids and moments. */
  async function traces(workspace: WorkspaceRow, run: RunRow) {
    const { stages, state } = await world.view(run.id);
    const endpoint = await world.endpoints.find(workspace.id, 'web');
    const all = {
      state,
      stages: stages.map(
        ({ name, app, attempt, state: of, reason, outputs }) => ({
          name,
          app,
          attempt,
          of,
          reason,
          outputs: outputs && {
            ...outputs,
            ...(outputs.endpoint && { endpoint: 'some' }),
          },
        }),
      ),
      releases: (await world.workspaces.releases(workspace.id, 'web')).map(
        ({ number, image, state: of, spec }) => ({ number, image, of, spec }),
      ),
      serving: (await world.workspaces.app(workspace.id, 'web'))
        ?.serving_release,
      endpoint: [endpoint?.release, endpoint?.replicas],
      done: world.scripted.done.splice(0),
      // Where somebody took over the log says so.
      migrate: (await world.log(run.id, 'migrate', 'web')).filter(
        line => !line.startsWith('[taken over:'),
      ),
      tombstone: (await world.workspaces.get(workspace.id))?.live_name === null,
    };
    return JSON.parse(JSON.stringify(all).replaceAll(run.id, 'run'));
  }

  async function expectTheSameFromEveryPoint(
    start: (workspace: WorkspaceRow) => Promise<RunRow>,
  ): Promise<number> {
    let undisturbed: unknown;
    for (let at = LIMIT; ; at = at === LIMIT ? 0 : at + 1) {
      const workspace = await world.workspace({
        web: { migration: { command: ['migrate'] } },
      });
      const run = await start(workspace);
      world.scripted.done.length = 0;
      const died = await carryOut(run, at);
      const left = await traces(workspace, run);
      if (at === LIMIT) undisturbed = left;
      else if (!died) return at;
      expect({ at, ...left }).toEqual({ at, ...(undisturbed as object) });
      await expectWholeHistory(world, run.id);
    }
  }

  it('C1 D17 a deployment ends the same from every point at which its worker may end', async () => {
    const points = await expectTheSameFromEveryPoint(workspace =>
      world.start(workspace),
    );
    expect(points).toBeGreaterThan(60);
  });

  /** The workspace, its app served by a release. */
  async function served(workspace: WorkspaceRow): Promise<WorkspaceRow> {
    const { id } = workspace;
    const { number: release } = await world.workspaces.createRelease({
      workspace_id: id,
      app: 'web',
      run_id: randomUUID(),
      image: 'web@sha256:1',
      revision: 'abc',
      spec: '{}',
      dependency_versions: '{}',
      migration: null,
    });
    const target = { release, replicas: 1 };
    await world.knex.transaction(trx =>
      world.workspaces.setServing(id, 'web', target, trx),
    );
    return workspace;
  }

  it('C1 a restart ends the same from every point at which its worker may end', async () => {
    const points = await expectTheSameFromEveryPoint(async workspace =>
      world.service.startRestart(await served(workspace), 'web', {}, { by }),
    );
    expect(points).toBeGreaterThan(30);
  });

  it('C1 a scale ends the same from every point at which its worker may end', async () => {
    const replicas = { replicas: 2 };
    const points = await expectTheSameFromEveryPoint(async workspace =>
      world.service.startScale(await served(workspace), 'web', replicas, {
        by,
      }),
    );
    expect(points).toBeGreaterThan(30);
  });

  it('C1 a deletion ends the same from every point at which its worker may end', async () => {
    const points = await expectTheSameFromEveryPoint(workspace =>
      world.service.startDelete(workspace, { by }),
    );
    expect(points).toBeGreaterThan(10);
  });
});
