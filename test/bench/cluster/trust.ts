import { randomUUID } from 'node:crypto';
import { openEngine } from '../../support/engine';
import { Kubectl } from '../../support/engine/Kubectl';
import { requireCluster } from '../../support/engine/testCluster';
import { trustSettings, useDistrust } from '../../support/faults/distrust';
import { FaultyWorkspace } from '../../support/faults/FaultyWorkspace';
import { usePortal } from '../../support/fixtures';
import { atMost, type Measurement } from '../table';

/** How long it takes until the one node trusts the registry, and has proven it by a pull. */
export async function measureTrust(): Promise<Measurement[]> {
  const cluster = requireCluster();
  const kubectl = new Kubectl(cluster);
  const engine = openEngine('slipway-bench');
  const usual = engine.configuration.kubernetes as object;
  const kubernetes = { ...usual, ...trustSettings(cluster) };
  let seconds = Infinity;
  await useDistrust(cluster, kubectl, async forget =>
    usePortal({ engine, workspaces: { kubernetes } }, async ({ client }) => {
      const workspace = new FaultyWorkspace('ws-trust', client, kubectl);
      await workspace.begin();
      forget();
      const run = await workspace.deploy({}, { text: randomUUID() });
      await client.untilFinal(run.id);
      const began = Date.now();
      const result = await client.fix(run.id, 'node-trust');
      if (!result.applied)
        throw new Error(`Not applied: ${JSON.stringify(result)}`);
      seconds = (Date.now() - began) / 1000;
    }),
  );
  return [atMost('trust of a node, written and proven', seconds, 's', 20)];
}
