import type { WorkspaceEngine } from '@slipway/backstage-plugin-workspaces-node';
import { ContractSuite } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { EngineProxy } from './__testUtils__/EngineProxy';
import { LocalHarness } from './__testUtils__/LocalHarness';

jest.setTimeout(240_000);

/** The portal dies after each single thing that it had the engine do; the next one takes over. */
describe('kill -9 after every write to the container engine', () => {
  const name = 'ws-crash';
  /** Its images outlive the workspace. */
  const images = 'ws-crash-images';
  const harness = new LocalHarness();
  const suite = new ContractSuite(harness);

  const workspace = async (release: number, others: string[] = []) =>
    suite.workspace(name, {
      dependencies: [suite.redis()],
      apps: [
        await suite.app(images, { release }),
        ...(await Promise.all(
          others.map(other => suite.app(images, { name: other })),
        )),
      ],
    });
  const all = { kind: 'all' } as const;
  /** What there is, without what differs from one to the next. */
  const shape = async () =>
    (await harness.inventory(name)).map(object =>
      object.replace(/\br\d+\b/, 'r').replace(/ \S+$/, ''),
    );

  beforeAll(async () => {
    await suite.start();
    suite.secrets.set('redis-password', 'secret');
  });
  afterAll(() => harness.stop());

  /** Runs it with a portal that dies after so many writes; gives whether it came to its end before. */
  async function dying(
    writes: number,
    work: (engine: WorkspaceEngine) => Promise<unknown>,
  ): Promise<boolean> {
    const proxy = new EngineProxy(harness.connection.location.url);
    await proxy.start();
    proxy.crashAfter(writes);
    const outcome = await work(harness.createEngine({ url: proxy.url })).catch(
      error => error,
    );
    await proxy.stop();
    const died = proxy.writes.length >= writes;
    if (outcome instanceof Error && !died) throw outcome;
    return !died;
  }

  it('ends as an undisturbed one does, from nothing to a workspace and back', async () => {
    await suite.apply(await workspace(1), all);
    const undisturbed = await shape();
    const destroy = (engine = suite.engine) =>
      engine.destroy({ id: 'id', name }, suite.context({ stage: 'destroy' }));
    await destroy();
    let ended = false;
    let destroyEnded = false;
    let writes = 0;
    while (!ended || !destroyEnded) {
      writes += 1;
      const desired = await workspace(1);
      ended = await dying(writes, engine =>
        suite.apply(desired, all, suite.context(), engine),
      );
      await suite.apply(desired, all);
      expect(await shape()).toEqual(undisturbed);
      expect(await suite.ask({ workspace: name }, '/')).toEqual({
        release: '1',
      });

      destroyEnded = await dying(writes, destroy);
      await destroy();
      expect(await harness.inventory(name)).toEqual([]);
    }
    expect(writes).toBeGreaterThan(8);
  });

  it('ends as an undisturbed one does, from one release to the next', async () => {
    let release = 1;
    await suite.apply(await workspace(release, ['other']), all);
    const undisturbed = await shape();
    let ended = false;
    let writes = 0;
    while (!ended) {
      writes += 1;
      release += 1;
      const next = await workspace(release, ['other']);
      ended = await dying(writes, engine =>
        suite.apply(next, all, suite.context(), engine),
      );
      await suite.apply(next, all);
      expect(await shape()).toEqual(undisturbed);
      expect(await suite.ask({ workspace: name, release }, '/')).toEqual({
        release: String(release),
      });
    }
    expect(writes).toBeGreaterThan(4);
  });

  it('runs a job once', async () => {
    await suite.apply(suite.workspace(name), { kind: 'place' });
    let ended = false;
    let writes = 0;
    while (!ended) {
      writes += 1;
      const context = suite.context({ stage: 'migrate', app: 'sample' });
      const job = {
        workspace: name,
        app: 'sample',
        image: await suite.image(images),
        command: ['node', '--print', 'Math.random()'],
        environment: [],
        files: [],
        resources: { cpuCores: 1, memoryBytes: 64 * 1024 * 1024, pids: 32 },
      };
      const outputs: string[] = [];
      const run = async (engine = suite.engine) => {
        for await (const event of engine.runJob(job, context)) {
          if (event.type === 'log') outputs.push(event.text);
        }
      };
      ended = await dying(writes, run);
      await run();
      expect(outputs.length).toBeGreaterThan(0);
      expect(new Set(outputs).size).toBe(1);
    }
    expect(writes).toBeGreaterThan(2);
  });
});
