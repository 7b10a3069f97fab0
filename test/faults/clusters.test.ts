import { expect, test, usePortalWith } from '../support/faults';
import { ClusterDoor } from '../support/faults/ClusterDoor';
import { FaultyWorkspace } from '../support/faults/FaultyWorkspace';

test('of two clusters one is away: its workspaces are unknown, those of the other are not', async ({
  cluster,
  kubectl,
}) => {
  const door = await ClusterDoor.open(cluster.portalKubeconfig);
  const clusters = [
    { id: 'near' },
    { id: 'far', instance: 'slipway-far', kubeconfig: door.kubeconfig },
  ];
  try {
    await usePortalWith({ clusters }, async ({ client }) => {
      const near = new FaultyWorkspace('ws-near', client, kubectl);
      const far = new FaultyWorkspace('ws-far', client, kubectl);
      await near.begin({ engine: 'near' });
      await far.begin({ engine: 'far' });
      expect(await client.workspace('ws-far')).toMatchObject({
        engine: 'far',
        present: true,
      });

      await door.shut();
      const unknown = await client.until(
        () => client.workspace('ws-far'),
        ({ present }) => present === undefined,
        60_000,
        workspace => `still known: ${JSON.stringify(workspace)}`,
      );
      const since = unknown.observedAt ?? '';
      expect(since).not.toBe('');
      const { observedAt = '' } = await client.until(
        () => client.workspace('ws-near'),
        workspace => (workspace.observedAt ?? '') > since,
        60_000,
        workspace => `not seen since: ${JSON.stringify(workspace)}`,
      );
      expect(await client.workspace('ws-near')).toMatchObject({
        present: true,
      });
      expect((await client.workspace('ws-far')).observedAt).toBe(since);
      expect(observedAt > since).toBe(true);
      await near.succeeds(await near.restart());
      await far.fails(await far.restart(), {
        code: 'CLUSTER_UNREACHABLE',
        stage: 'deploy',
        first: /127\.0\.0\.1/,
        fix: /./,
      });
    });
  } finally {
    await door.remove();
    await kubectl.run(
      ...['delete', 'namespaces', '--wait'],
      '--selector=slipway.dev/instance=slipway-far',
    );
  }
});
