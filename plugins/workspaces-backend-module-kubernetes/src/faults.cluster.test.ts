import { setTimeout as timer } from 'node:timers/promises';
import type { Observation } from '@slipway/backstage-plugin-workspaces-node';
import { ContractSuite } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { ClusterProxy } from './__testUtils__/ClusterProxy';
import { KubernetesHarness } from './__testUtils__/KubernetesHarness';
import { Pod, kinds } from './client';
import { DEFAULT_SIZES } from './engine/place';

jest.setTimeout(120_000);

/** What the contract cannot ask of every engine: the faults of a cluster. */
describe('an engine on Kubernetes, where something is wrong', () => {
  const harness = new KubernetesHarness();
  const suite = new ContractSuite(harness);
  beforeAll(() => suite.start());
  afterAll(() => harness.stop());

  it('leaves a namespace alone that is not of this portal', async () => {
    const name = 'ws-foreign';
    const { cluster } = harness;
    await cluster.apply({ ...kinds.Namespace, metadata: { name } });
    try {
      const error = await suite.failure(suite.workspace(name), {
        kind: 'place',
      });
      expect(error.message).toBe(
        'The Namespace ws-foreign is there already, and is not of this portal',
      );
      const receipt = await suite.destroy(name);
      expect(receipt.items).toEqual([
        { kind: 'namespace', name, outcome: 'absent' },
      ]);
      const left = await cluster.get({ ...kinds.Namespace, name });
      expect(left?.metadata.deletionTimestamp).toBeUndefined();
    } finally {
      await cluster.delete({ ...kinds.Namespace, name });
    }
  });

  it('says at once that the quota is used up, in the words of the cluster', async () => {
    const name = 'ws-quota';
    const sizes = { ...DEFAULT_SIZES };
    sizes.small = { ...sizes.small, cpuCores: 0.3 };
    const engine = harness.createEngine({ sizes });
    const desired = suite.workspace(name, { apps: [await suite.app(name)] });
    const begun = Date.now();
    const applied = suite.apply(
      desired,
      { kind: 'all' },
      suite.context(),
      engine,
    );
    await expect(applied).rejects.toMatchObject({
      name: 'EngineError',
      evidence: [
        {
          first: true,
          text: expect.stringContaining(
            'exceeded quota: slipway, requested: limits.cpu=500m',
          ),
        },
      ],
    });
    expect(Date.now() - begun).toBeLessThan(20_000);

    suite.secrets.set('redis-password', 'secret');
    const data = suite.workspace(name, { dependencies: [suite.redis()] });
    await expect(
      suite.apply(data, { kind: 'dependencies' }, suite.context(), engine),
    ).rejects.toMatchObject({
      evidence: [
        { text: expect.stringContaining('exceeded quota') },
        expect.anything(),
      ],
    });

    const context = suite.context({ stage: 'migrate', app: 'sample' });
    const job = {
      workspace: name,
      app: 'sample',
      image: await suite.image(name),
      command: ['node', '--version'],
      environment: [],
      files: [],
      resources: { cpuCores: 1, memoryBytes: 64 * 1024 * 1024, pids: 64 },
    };
    const run = async () => {
      for await (const event of engine.runJob(job, context)) void event;
    };
    await expect(run()).rejects.toMatchObject({
      evidence: [
        { text: expect.stringContaining('exceeded quota') },
        expect.anything(),
      ],
    });
    await suite.destroy(name);
  });

  it('says what it could not see of the sockets', async () => {
    const name = 'ws-unseen';
    const engine = harness.createEngine({
      helperImage: harness.missingImage,
      readinessTimeout: 6_000,
    });
    const desired = suite.workspace(name, {
      apps: [await suite.app(name, {}, { LISTEN_PORT: '3000' })],
    });
    const applied = suite.apply(
      desired,
      { kind: 'all' },
      suite.context(),
      engine,
    );
    const { evidence } = await applied.then(
      () => Promise.reject(new Error('it came up')),
      error => error,
    );
    const sockets = evidence.find(
      ({ kind }: { kind: string }) => kind === 'sockets',
    );
    expect(sockets).toMatchObject({
      text: expect.stringMatching(
        /^The listening sockets could not be read: its helper .* did not run within 10 s: Failed to pull image .*not found$/,
      ),
      facts: { expectedPort: 8080 },
    });
    await suite.destroy(name);
  });

  it('gives up where the cluster does: with the log of the replica that is not ready', async () => {
    const name = 'ws-hung';
    const engine = harness.createEngine({
      helperImage: harness.missingImage,
      readinessTimeout: 60_000,
    });
    const desired = suite.workspace(name, {
      apps: [await suite.app(name, {}, { LISTEN_PORT: '3000' })],
    });
    const applied = suite
      .apply(desired, { kind: 'all' }, suite.context(), engine)
      .then(
        () => Promise.reject(new Error('it came up')),
        error => error,
      );
    const isRunning = async () =>
      (await harness.cluster.list<Pod>(kinds.Pod, { namespace: name })).items
        .flatMap(({ status }) => status?.containerStatuses ?? [])
        .some(({ state }) => state?.running);
    while (!(await isRunning())) await timer(100);
    const reference = { ...kinds.Deployment, namespace: name };
    const deployment = { ...reference, name: 'sample-r1' };
    // The time of an operator's policy, as it were: the usual one takes minutes.
    const spec = { progressDeadlineSeconds: 1 };
    await harness.cluster.merge(deployment, { spec });
    const { message, evidence } = await applied;
    expect(message).toBe('sample-r1 does not come up');
    const texts = evidence.map(({ text }: { text: string }) => text);
    expect(texts).toContain('sample 1 starts');
    expect(texts).toContainEqual(
      expect.stringMatching(/^ReplicaSet "sample-r1-\S+" has timed out/),
    );
    await suite.destroy(name);
  });

  it('runs an app as the superuser only where an operator wrote it on the namespace', async () => {
    const name = 'ws-root';
    const { cluster } = harness;
    const desired = suite.workspace(name, {
      apps: [await suite.app(name), await suite.app(name, { name: 'other' })],
    });
    const seen = async () => {
      const space = await cluster.get({ ...kinds.Namespace, name });
      const pods = await cluster.list<Pod>(kinds.Pod, { namespace: name });
      return {
        standard:
          space?.metadata.labels?.['pod-security.kubernetes.io/enforce'],
        users: pods.items
          .map(({ metadata, spec }) => [
            metadata.labels?.['slipway.dev/app'],
            spec?.securityContext?.runAsUser,
          ])
          .sort(),
      };
    };
    await suite.apply(desired, { kind: 'all' });
    expect(await seen()).toEqual({
      standard: 'restricted',
      users: [
        ['other', 1000],
        ['sample', 1000],
      ],
    });
    await cluster.merge(
      { ...kinds.Namespace, name },
      { metadata: { annotations: { 'slipway.dev/runs-as-root': 'sample' } } },
    );
    await suite.apply(desired, { kind: 'all' });
    expect(await seen()).toEqual({
      standard: 'baseline',
      users: [
        ['other', 1000],
        ['sample', 0],
      ],
    });
    await suite.destroy(name);
  });

  it('sees that somebody else changed an app, and makes it so again', async () => {
    const name = 'ws-drift';
    const desired = suite.workspace(name, { apps: [await suite.app(name)] });
    await suite.apply(desired, { kind: 'all' });
    const deployment = {
      ...kinds.Deployment,
      namespace: name,
      name: 'sample-r1',
    };
    await harness.cluster.call({
      method: 'PATCH',
      path: `/apis/apps/v1/namespaces/${name}/deployments/sample-r1`,
      query: { fieldManager: 'somebody' },
      contentType: 'application/strategic-merge-patch+json',
      body: {
        spec: {
          template: {
            spec: {
              containers: [
                { name: 'app', resources: { limits: { cpu: '999m' } } },
              ],
            },
          },
        },
      },
    });
    const planned = async () =>
      (await suite.engine.plan(desired, suite.context())).find(
        ({ kind }) => kind === 'app',
      )?.action;
    expect(await planned()).toBe('change');
    await suite.apply(desired, { kind: 'all' });
    expect(await planned()).toBe('keep');
    const after = await harness.cluster.get(deployment);
    expect(JSON.stringify(after)).not.toContain('999m');
    await suite.destroy(name);
  });

  it('names what keeps a namespace that does not go', async () => {
    const name = 'ws-stuck';
    const { cluster } = harness;
    await suite.apply(suite.workspace(name), { kind: 'place' });
    const keeper = { apiVersion: 'v1', kind: 'ConfigMap' };
    await cluster.apply({
      ...keeper,
      metadata: {
        name: 'keeper',
        namespace: name,
        finalizers: ['example.com/keep'],
      },
    });
    const engine = harness.createEngine({ removalTimeout: 8_000 });
    const workspace = { id: `id-of-${name}`, name };
    const first = await engine.destroy(workspace, suite.context());
    expect(first.items).toContainEqual({
      kind: 'namespace',
      name,
      outcome: 'left',
      reason: expect.stringContaining('example.com/keep'),
    });
    await cluster.merge(
      { ...keeper, namespace: name, name: 'keeper' },
      { metadata: { finalizers: [] } },
    );
    const second = await engine.destroy(workspace, suite.context());
    expect(second.items).toContainEqual({
      kind: 'namespace',
      name,
      outcome: 'removed',
    });
  });

  it('says since when the cluster is away, and all of it again afterwards', async () => {
    const name = 'ws-away';
    await suite.apply(suite.workspace(name), { kind: 'place' });
    const proxy = new ClusterProxy(harness.portal.kubeconfig);
    await proxy.start();
    const cluster = proxy.cluster();
    const engine = harness.createEngine({ cluster });
    const abort = new AbortController();
    const stream = engine
      .observe(suite.context({ signal: abort.signal }))
      [Symbol.asyncIterator]();
    const until = async (type: Observation['type']) => {
      const seen: string[] = [];
      for (;;) {
        const { value, done } = await stream.next();
        if (done) throw new Error('The stream has ended');
        if (value.type === 'workspace') seen.push(value.workspace.workspace);
        if (value.type === type) return { value, seen };
      }
    };
    expect((await until('complete')).seen).toContain(name);
    const before = Date.now();
    await proxy.cut();
    const { value } = await until('unreachable');
    expect(value).toMatchObject({
      since: expect.stringMatching(/^\d{4}-.*Z$/),
      // The connections that stood are reset, new ones refused: which is seen first is chance.
      reason: expect.stringMatching(/ECONNREFUSED|ECONNRESET/),
    });
    expect(Date.now() - before).toBeLessThan(15_000);
    await proxy.start();
    expect((await until('complete')).seen).toContain(name);
    const last = stream.next();
    abort.abort(new Error('seen enough'));
    expect((await last).done).toBe(true);
    await cluster.close();
    await proxy.cut();
    await suite.destroy(name);
  });
});
