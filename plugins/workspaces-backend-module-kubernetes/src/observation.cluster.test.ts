import type { ReplicaObservation } from '@slipway/backstage-plugin-workspaces-node';
import { ContractSuite } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { KubernetesHarness } from './__testUtils__/KubernetesHarness';

jest.setTimeout(120_000);

/** What the kubelet and the metrics API tell over time. */
describe('observation of an app in a cluster', () => {
  const harness = new KubernetesHarness();
  const suite = new ContractSuite(harness);
  const name = 'ws-metrics';
  beforeAll(() => suite.start());
  afterAll(async () => {
    await suite.destroy(name);
    await harness.stop();
  });

  async function untilReplica(
    holds: (replica: ReplicaObservation) => boolean,
  ): Promise<ReplicaObservation> {
    const abort = new AbortController();
    const context = suite.context({ signal: abort.signal });
    try {
      for await (const observation of suite.engine.observe(context)) {
        if (observation.type !== 'workspace') continue;
        const { workspace, apps } = observation.workspace;
        if (workspace !== name) continue;
        const replica = apps[0]?.replicas.find(holds);
        if (replica) return replica;
      }
    } finally {
      abort.abort();
    }
    throw new Error('The stream has ended');
  }

  it('says what a replica uses, once the cluster has measured it', async () => {
    const desired = suite.workspace(name, { apps: [await suite.app(name)] });
    await suite.apply(desired, { kind: 'all' });
    const { memoryBytes = 0, cpuCores } = await untilReplica(
      ({ memoryBytes: seen }) => seen !== undefined,
    );
    expect(memoryBytes).toBeGreaterThan(5 * 1024 * 1024);
    expect(memoryBytes).toBeLessThanOrEqual(128 * 1024 * 1024);
    expect(cpuCores).toBeLessThanOrEqual(0.6);
  });

  it('says how a replica ended that was started again', async () => {
    const app = await suite.app(name, { release: 2 }, { BEHAVIOUR: 'crash' });
    const part = { kind: 'app', app: 'sample' } as const;
    await suite.failure(suite.workspace(name, { apps: [app] }), part);
    const seen = await untilReplica(
      ({ release, restarts }) => release === 2 && restarts >= 2,
    );
    expect(seen).toMatchObject({
      state: 'restarting',
      lastExit: { exitCode: 3, reason: 'error' },
    });
  });
});
