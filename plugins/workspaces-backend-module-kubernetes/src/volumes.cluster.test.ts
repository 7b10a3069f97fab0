import { randomBytes } from 'node:crypto';
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { ContractSuite } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { KubernetesHarness } from './__testUtils__/KubernetesHarness';
import { ClusterObject, kinds } from './client';

jest.setTimeout(120_000);

describe('the sizes of volumes in a cluster', () => {
  const harness = new KubernetesHarness();
  const suite = new ContractSuite(harness);
  const name = 'ws-volumes';
  /** As the cluster's own, and its volumes may grow as far as the API server is concerned: nothing resizes them. */
  const growing = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: `growing-${randomBytes(4).toString('hex')}` },
    allowVolumeExpansion: true,
  };
  const dependencies = { kind: 'dependencies' } as const;

  beforeAll(async () => {
    await suite.start();
    suite.secrets.set('postgres-password', 'p4ss');
    suite.secrets.set('redis-password', 'p4ss');
    const { items } = await harness.cluster.list<
      ClusterObject & { provisioner: string; volumeBindingMode: string }
    >(kinds.StorageClass);
    const [{ provisioner, volumeBindingMode }] = items;
    await harness.cluster.apply({ ...growing, provisioner, volumeBindingMode });
  });
  afterAll(async () => {
    await suite.destroy(name);
    await harness.cluster.delete({ ...growing, name: growing.metadata.name });
    await harness.stop();
  });

  const sized = (sizeGiB?: number, size = suite.workspace(name).size) => {
    const { volume, ...database } = suite.postgres();
    return {
      ...suite.workspace(name, {
        dependencies: [
          { ...database, volume: { ...volume, sizeGiB } },
          suite.redis(),
        ],
      }),
      size,
    };
  };
  const sizes = async () => {
    const { items } = await harness.cluster.list<
      V1PersistentVolumeClaim & ClusterObject
    >(kinds.PersistentVolumeClaim, { namespace: name });
    return Object.fromEntries(
      items.map(({ metadata, spec }) => [
        metadata.name,
        [metadata.uid, spec?.resources?.requests?.storage],
      ]),
    );
  };
  const change = async (
    desired: ReturnType<typeof sized>,
    engine = suite.engine,
  ) =>
    (await engine.plan(desired, suite.context())).find(
      ({ name: volume }) => volume === 'database.data',
    );

  it('are those that they name, or of the size class; a larger one is refused where none grows, a smaller one always, and nothing is lost', async () => {
    const engine = suite.engine;
    await suite.apply(sized(2), dependencies);
    const before = await sizes();
    expect(before).toEqual({
      'database.data': [expect.any(String), '2Gi'],
      'cache.data': [expect.any(String), '1Gi'],
    });
    for (const [sizeGiB, text, facts] of [
      [
        1,
        /"data" of "database" has 2Gi and cannot get 1Gi \(sizeGiB/,
        'smaller',
      ],
      [3, /StorageClass local-path do not grow/, 'fixed'],
    ] as const) {
      const { evidence } = await suite.failure(sized(sizeGiB), dependencies);
      expect(evidence[0]).toMatchObject({
        text: expect.stringMatching(text),
        facts: { volumeSize: facts },
      });
      await expect(change(sized(sizeGiB), engine)).rejects.toThrow(text);
      expect(await sizes()).toEqual(before);
    }
    // Without a size it stays as it is, whatever the size class gives.
    await suite.apply(sized(undefined, 'large'), dependencies);
    expect(await sizes()).toEqual(before);
    await suite.destroy(name);
  });

  it('grow where their StorageClass lets them', async () => {
    const engine = harness.createEngine({
      storageClass: growing.metadata.name,
    });
    await suite.apply(sized(2), dependencies, suite.context(), engine);
    const before = await sizes();
    expect(await change(sized(3), engine)).toMatchObject({
      action: 'change',
      detail: '2Gi -> 3Gi',
    });
    await suite.apply(sized(3), dependencies, suite.context(), engine);
    expect(await sizes()).toEqual({
      ...before,
      'database.data': [before['database.data'][0], '3Gi'],
    });
    expect(await change(sized(3), engine)).toMatchObject({ action: 'keep' });
  });
});
