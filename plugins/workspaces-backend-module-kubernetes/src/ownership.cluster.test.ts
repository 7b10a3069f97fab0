import type { DesiredWorkspace } from '@slipway/backstage-plugin-workspaces-node';
import { ContractSuite } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { KubernetesHarness } from './__testUtils__/KubernetesHarness';
import { Cluster, kinds } from './client';
import type { KubernetesEngine } from './KubernetesEngine';

jest.setTimeout(120_000);

const labels = { app: 'stranger' };
const strangersDeployment = {
  replicas: 0,
  selector: { matchLabels: labels },
  template: {
    metadata: { labels },
    spec: { containers: [{ name: 'stranger', image: 'stranger' }] },
  },
};

/** In namespaces that were not made just now: for a minute the portal asks nobody what is there. */
describe('an engine on Kubernetes, and what is not its own', () => {
  const harness = new KubernetesHarness();
  const suite = new ContractSuite(harness);
  let later: Cluster;
  let engine: KubernetesEngine;
  beforeAll(async () => {
    await suite.start();
    later = Cluster.open({ kubeconfig: harness.portal.kubeconfig });
    engine = harness.createEngine({ cluster: later });
  });
  afterAll(async () => {
    await later.close();
    await harness.stop();
  });

  const bringUp = (desired: DesiredWorkspace) =>
    suite.apply(desired, { kind: 'all' }, suite.context(), engine);

  it.each([
    ['Service', 'sample', { ports: [{ port: 1 }] }],
    ['Deployment', 'sample-r1', strangersDeployment],
  ] as const)('takes no %s from somebody else', async (kind, name, spec) => {
    const workspace = `ws-taken-${kind.toLowerCase()}`;
    const { cluster } = harness;
    const apps = [await suite.app(workspace)];
    const desired = suite.workspace(workspace, { apps });
    await suite.apply(desired, { kind: 'place' });
    const reference = { ...kinds[kind], namespace: workspace, name };
    const metadata = { namespace: workspace, name };
    const before = await cluster.apply({ ...kinds[kind], metadata, spec });
    const text = `The ${kind} ${name} is there already in ${workspace}, and is not of this portal`;
    await expect(bringUp(desired)).rejects.toMatchObject({
      name: 'EngineError',
      message: text,
      evidence: [{ kind: 'state', text }],
    });
    expect(await cluster.get(reference)).toMatchObject({ spec: before.spec });

    await cluster.delete(reference);
    await bringUp(desired);
    await suite.destroy(workspace);
  });

  it('gives its own Service the labels back that somebody took', async () => {
    const namespace = 'ws-labels';
    const { cluster } = harness;
    const desired = suite.workspace(namespace, {
      apps: [await suite.app(namespace)],
    });
    await bringUp(desired);
    const service = { ...kinds.Service, namespace, name: 'sample' };
    const { metadata } = (await cluster.get(service))!;
    const none = Object.keys(metadata.labels ?? {}).map(key => [key, null]);
    await cluster.merge(service, {
      metadata: { labels: Object.fromEntries(none) },
    });
    await bringUp(desired);
    const after = await cluster.get(service);
    expect(after?.metadata.labels).toEqual(metadata.labels);
    await suite.destroy(namespace);
  });
});
