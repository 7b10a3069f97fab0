import type { Observation } from '@slipway/backstage-plugin-workspaces-node';
import { ContractSuite } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { EngineProxy } from '../__testUtils__/EngineProxy';
import { LocalHarness } from '../__testUtils__/LocalHarness';
import { UsageReader } from './usage';

jest.setTimeout(60_000);

describe('observation of a real engine', () => {
  const name = 'ws-observed';
  const harness = new LocalHarness();
  const suite = new ContractSuite(harness);
  let proxy: EngineProxy;

  beforeAll(async () => {
    await suite.start();
    proxy = new EngineProxy(harness.connection.location.url);
    await proxy.start();
    const apps = [await suite.app(name)];
    await suite.apply(suite.workspace(name, { apps }), { kind: 'all' });
  });
  afterAll(async () => {
    await proxy.stop();
    await harness.stop();
  });

  async function* observations(signal: AbortSignal) {
    const engine = harness.createEngine({ url: proxy.url });
    yield* engine.observe(suite.context({ signal }));
  }

  async function next(
    stream: AsyncIterator<Observation>,
    type: Observation['type'],
  ): Promise<Observation> {
    for (;;) {
      const { value, done } = await stream.next();
      if (done) throw new Error(`The stream ended before ${type}`);
      if (value.type === type) return value;
    }
  }

  it('says since when the engine is away, and everything again when it is back', async () => {
    const abort = new AbortController();
    const stream = observations(abort.signal);
    await next(stream, 'complete');
    const before = new Date().toISOString();
    proxy.leave();
    const away = await next(stream, 'unreachable');
    expect(away).toMatchObject({
      reason: expect.stringContaining('Cannot connect to the Docker daemon'),
    });
    expect((away as { since: string }).since >= before).toBe(true);

    proxy.comeBack();
    expect(await next(stream, 'workspace')).toMatchObject({
      workspace: { workspace: name, present: true },
    });
    await next(stream, 'complete');
    abort.abort();
    expect(await stream.next()).toMatchObject({ done: true });
  });

  it('shows restarts and how the process ended', async () => {
    const crashing = 'ws-crashing';
    const apps = [await suite.app(crashing, {}, { BEHAVIOUR: 'crash' })];
    const desired = suite.workspace(crashing, { apps });
    await suite.failure(desired, { kind: 'app', app: 'sample' });
    const abort = new AbortController();
    for await (const observation of observations(abort.signal)) {
      if (
        observation.type !== 'workspace' ||
        observation.workspace.workspace !== crashing
      ) {
        continue;
      }
      const [replica] = observation.workspace.apps[0].replicas;
      expect(replica.restarts).toBeGreaterThan(2);
      expect(['running', 'restarting']).toContain(replica.state);
      expect(replica.lastExit).toMatchObject({ reason: 'error', exitCode: 3 });
      abort.abort();
    }
    await suite.destroy(crashing);
    expect(abort.signal.aborted).toBe(true);
  });

  it('reads what a container uses', async () => {
    const [{ Id: id }] = await harness.docker.listContainers({
      filters: { label: [`slipway.dev/instance=${harness.instance}`] },
    });
    const usage = new UsageReader(harness.docker);
    await usage.read(id);
    expect(usage.known(id)).toEqual({ memoryBytes: expect.any(Number) });
    await suite.ask({ workspace: name }, '/');
    await usage.read(id);
    const known = usage.known(id);
    expect(known?.memoryBytes).toBeGreaterThan(1024 * 1024);
    expect(known?.cpuCores).toBeGreaterThanOrEqual(0);
    usage.retain([]);
    expect(usage.known(id)).toBeUndefined();
  });
});
