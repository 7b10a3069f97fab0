import type {
  DesiredWorkspace,
  DriftObservation,
  WorkspaceObservation,
} from '@slipway/backstage-plugin-workspaces-node';
import { ContractSuite } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { KubernetesHarness } from './__testUtils__/KubernetesHarness';
import { ClusterObject, kinds, objectPath } from './client';

jest.setTimeout(120_000);

/** What others change in a workspace, as the API server notes it. */
describe('drift of a workspace in a cluster', () => {
  const harness = new KubernetesHarness();
  const suite = new ContractSuite(harness);
  const name = 'ws-drifting';
  const leaving = new AbortController();
  let desired: DesiredWorkspace;
  let last: WorkspaceObservation | undefined;
  let wake = () => {};

  const lead = () =>
    suite.engine.publish!({
      workspace: name,
      app: 'sample',
      port: 8080,
      target: { release: 1, replicas: 1 },
    });

  beforeAll(async () => {
    await suite.start();
    suite.secrets.set('postgres-password', 'p4ss');
    desired = suite.workspace(name, {
      apps: [await suite.app(name, { replicas: 1 })],
      dependencies: [suite.postgres()],
    });
    await suite.apply(desired, { kind: 'all' });
    await lead();
    void (async () => {
      const context = suite.context({ signal: leaving.signal });
      for await (const observation of suite.engine.observe(context)) {
        if (observation.type !== 'workspace') continue;
        if (observation.workspace.workspace !== name) continue;
        last = observation.workspace;
        wake();
      }
    })();
  });
  afterAll(async () => {
    leaving.abort();
    await suite.destroy(name);
    await harness.stop();
  });

  const said = () =>
    new Promise<void>(resolve => {
      wake = resolve;
    });
  const untilDrift = async (
    holds: (drift: DriftObservation[]) => boolean,
  ): Promise<DriftObservation[]> => {
    for (;;) {
      if (last?.drift && holds(last.drift)) return last.drift;
      await said();
    }
  };

  const patch = (
    object: { apiVersion: string; kind: string; name: string },
    body: object,
    manager: string,
    subresource = '',
  ) =>
    harness.cluster.call<ClusterObject>({
      method: 'PATCH',
      path: `${objectPath({ ...object, namespace: name })}${subresource}`,
      query: { fieldManager: manager },
      contentType: 'application/merge-patch+json',
      body,
    });
  const deployment = { ...kinds.Deployment, name: 'sample-r1' };

  it('is none as long as only controllers have changed what is theirs', async () => {
    expect(await untilDrift(() => true)).toEqual([]);
    await patch(deployment, { metadata: { annotations: { a: 'b' } } }, 'some');
    await patch(
      { ...kinds.Service, name: 'sample' },
      { metadata: { annotations: { 'example.com/mine': 'yes' } } },
      'somebody',
    );
    await patch(
      deployment,
      { spec: { replicas: 2 } },
      'kube-controller-manager', // as an autoscaler does
      '/scale',
    );
    const isScaled = () => last?.apps[0].replicas.length === 2;
    expect(await untilDrift(isScaled)).toEqual([]);
  });

  it('names what somebody has added, and not what belongs to it', async () => {
    const variable = { name: 'DEBUG', value: 'yes' };
    const restarted = { 'kubectl.kubernetes.io/restartedAt': 'now' };
    await harness.cluster.call({
      method: 'PATCH',
      path: objectPath({ ...deployment, namespace: name }),
      query: { fieldManager: 'kubectl-set' },
      contentType: 'application/strategic-merge-patch+json',
      body: {
        spec: {
          template: {
            metadata: { annotations: restarted },
            spec: { containers: [{ name: 'app', env: [variable] }] },
          },
        },
      },
    });
    const by = 'kubectl-set';
    const at = expect.stringMatching(/^\d{4}-.*Z$/);
    const object = 'Deployment sample-r1';
    expect(await untilDrift(drift => drift.length > 0)).toEqual([
      {
        ...{ object, by, at },
        field: 'spec.template.metadata.annotations',
        found: JSON.stringify(restarted),
      },
      {
        ...{ object, by, at },
        field: 'spec.template.spec.containers[app].env[DEBUG]',
        found: '{"name":"DEBUG"}', // its value may be a password
      },
    ]);
    await patch(
      deployment,
      { spec: { template: { metadata: { annotations: null } } } },
      by,
    );
    await harness.cluster.call({
      method: 'PATCH',
      path: objectPath({ ...deployment, namespace: name }),
      query: { fieldManager: by },
      contentType: 'application/strategic-merge-patch+json',
      body: {
        spec: {
          template: {
            spec: {
              containers: [
                { name: 'app', env: [{ name: 'DEBUG', $patch: 'delete' }] },
              ],
            },
          },
        },
      },
    });
    expect(await untilDrift(drift => drift.length === 0)).toEqual([]);
  });

  it('names the field, its two values, who and when, and is gone when it was put back', async () => {
    await patch(
      { ...kinds.ResourceQuota, name: 'slipway' },
      { spec: { hard: { pods: '500' } } },
      'kubectl-edit',
    );
    await patch(
      { ...kinds.NetworkPolicy, name: 'slipway' },
      { spec: { ingress: [{}] } },
      'kubectl-patch',
    );
    await patch(
      { ...kinds.StatefulSet, name: 'database' },
      { spec: { revisionHistoryLimit: null } },
      'rancher',
    );
    await patch(
      { ...kinds.Service, name: 'slipway-public-sample' },
      { spec: { selector: { 'slipway.dev/release': '7' } } },
      'kubectl-edit',
    );
    const at = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(await untilDrift(({ length }) => length >= 4)).toEqual([
      {
        object: 'NetworkPolicy slipway',
        field: 'spec.ingress',
        expected: expect.stringContaining('"key":"slipway.dev/app"'),
        found: '[{}]',
        by: 'kubectl-patch',
        at,
      },
      {
        object: 'ResourceQuota slipway',
        field: 'spec.hard.pods',
        expected: '40',
        found: '500',
        by: 'kubectl-edit',
        at,
      },
      {
        object: 'Service slipway-public-sample',
        field: 'spec.selector.slipway.dev/release',
        expected: '1',
        found: '7',
        by: 'kubectl-edit',
        at,
      },
      {
        object: 'StatefulSet database',
        field: 'spec.revisionHistoryLimit',
        expected: '0',
        found: '10',
        by: 'rancher',
        at,
      },
    ]);
    await suite.apply(desired, { kind: 'all' });
    await lead();
    expect(await untilDrift(({ length }) => length === 0)).toEqual([]);
  });

  it('names what somebody has removed', async () => {
    const removed = [
      { ...kinds.NetworkPolicy, name: 'slipway-outside' },
      { ...kinds.NetworkPolicy, name: 'slipway-public-sample' },
      { ...kinds.Deployment, name: 'sample-r1' },
      { ...kinds.StatefulSet, name: 'database' },
    ];
    for (const object of removed) {
      await harness.cluster.delete({ ...object, namespace: name });
    }
    const at = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(await untilDrift(({ length }) => length >= 4)).toEqual([
      { object: 'Deployment sample-r1', at },
      { object: 'NetworkPolicy slipway-outside', at },
      { object: 'NetworkPolicy slipway-public-sample', at },
      { object: 'StatefulSet database', at },
    ]);
    await suite.apply(desired, { kind: 'all' });
    await lead();
    expect(await untilDrift(({ length }) => length === 0)).toEqual([]);
  });
});
