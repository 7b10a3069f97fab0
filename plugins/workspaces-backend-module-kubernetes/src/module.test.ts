import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import { ConfigReader } from '@backstage/config';
import { workspaceEnginesExtensionPoint } from '@slipway/backstage-plugin-workspaces-node';
import { readClusters } from './clusters';
import workspacesModuleKubernetes from './index';

async function addedBy(kubernetes: object | undefined) {
  const addEngine = jest.fn();
  const backend = await startTestBackend({
    extensionPoints: [[workspaceEnginesExtensionPoint, { addEngine }]],
    features: [
      workspacesModuleKubernetes,
      mockServices.rootConfig.factory({
        data: { workspaces: kubernetes ? { kubernetes } : {} },
      }),
    ],
  });
  await backend.stop();
  return addEngine;
}

const registry = { address: 'registry.example.com', username: 'ann' };

describe('workspacesModuleKubernetes', () => {
  it('hands over its engine and builder, and asks no cluster for it', async () => {
    const addEngine = await addedBy({
      id: 'cluster-1',
      kubeconfig: '/nonexistent/kubeconfig',
      registry,
      startTimeout: '2m',
    });
    expect(addEngine).toHaveBeenCalledTimes(1);
    const [{ engine, builder }] = addEngine.mock.calls[0];
    expect(engine.id).toBe('cluster-1');
    expect(engine.abilities.gateway).toBe(false);
    expect(builder.abilities).toEqual({ secrets: true });
  });

  it('offers to let nodes trust the registry only where that is configured', async () => {
    const fixesOf = async (trust: object) => {
      const addEngine = await addedBy({
        registry: { ...registry, caFile: '/nonexistent/ca.crt', trust },
      });
      return addEngine.mock.calls[0][0].engine.fixes.offered;
    };
    expect(await fixesOf({})).toEqual({});
    expect(await fixesOf({ mode: 'caBundle', newNodes: true })).toEqual({
      'node-trust': expect.objectContaining({ scope: 'engine' }),
      'node-trust-undo': expect.objectContaining({ scope: 'engine' }),
    });
  });

  it('adds an engine for each of several clusters, which have in common what stands beside them', async () => {
    const addEngine = await addedBy({
      registry: { ...registry, caFile: '/nonexistent/ca.crt' },
      clusters: [
        { id: 'east', registry: { trust: { mode: 'caBundle' } } },
        { id: 'west' },
      ],
    });
    expect(
      addEngine.mock.calls.map(([{ engine }]) => [
        engine.id,
        Object.keys(engine.fixes.offered),
      ]),
    ).toEqual([
      ['east', ['node-trust', 'node-trust-undo']],
      ['west', []],
    ]);
  });

  it('gives a registry of its own nothing of the common one', async () => {
    const config = new ConfigReader({
      workspaces: {
        kubernetes: {
          registry: { ...registry, password: 'secret' },
          clusters: [
            { id: 'east', registry: { address: 'other.example.com' } },
            { id: 'west', registry: { plainHttp: true } },
          ],
        },
      },
    });
    expect(readClusters(config).map(one => one.get('registry'))).toEqual([
      { address: 'other.example.com' },
      { ...registry, password: 'secret', plainHttp: true },
    ]);
  });

  it('refuses two clusters of one id, and one without', async () => {
    const clusters = [{ id: 'east' }, { id: 'east' }];
    await expect(addedBy({ registry, clusters })).rejects.toThrow(
      'workspaces.kubernetes.clusters[1].id: "east" is the id of another cluster',
    );
    await expect(addedBy({ registry, clusters: [{}] })).rejects.toThrow(
      "Missing required config value at 'workspaces.kubernetes.clusters[0].id'",
    );
  });

  it('adds nothing where no cluster is configured', async () => {
    expect(await addedBy(undefined)).not.toHaveBeenCalled();
  });

  it('refuses an instance that cannot be a label', async () => {
    await expect(addedBy({ registry, instance: 'Not.Mine' })).rejects.toThrow(
      'workspaces.kubernetes.instance: "Not.Mine" must be',
    );
  });
});
