import { randomUUID } from 'node:crypto';
import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import { openEngine } from '../../support/engine';
import { Kubectl } from '../../support/engine/Kubectl';
import { requireCluster } from '../../support/engine/testCluster';
import { FaultyWorkspace } from '../../support/faults/FaultyWorkspace';
import { NodeRegistry } from '../../support/faults/NodeRegistry';
import { usePortal } from '../../support/fixtures';
import { time } from '../deployments';
import { atMost, percentile, type Measurement } from '../table';

/** How long it takes to name a cause, from the first sign of it: of failures that are certain as soon as they are seen. */
export async function measureCauses(): Promise<Measurement[]> {
  const cluster = requireCluster();
  const delays: number[] = [];
  await usePortal({ engine: openEngine('slipway-bench') }, async portal => {
    const { client } = portal;
    const kubectl = new Kubectl(cluster);
    const workspace = new FaultyWorkspace('ws-causes', client, kubectl);
    await workspace.begin();
    const registry = new NodeRegistry(cluster);
    const untrusted = { server: `https://${cluster.registry.address}` };
    const faults: [code: string, begin: () => Promise<Run>][] = [
      [
        'COMMAND_NOT_FOUND',
        () => workspace.deploy({ command: ['no-such-command'] }),
      ],
      ['OOM_APP', () => workspace.deployFault('memory')],
      [
        'BUILD_STEP_FAILED',
        () =>
          workspace.deploy(
            {},
            { dockerfile: `FROM node:22-slim\nRUN exit 3 # ${randomUUID()}\n` },
          ),
      ],
      ['X509_UNKNOWN_CA', () => workspace.deploy({}, { text: randomUUID() })],
    ];
    for (const [code, begin] of faults) {
      const measure = async () => {
        const { id } = await begin();
        const run = await client.untilFinal(id);
        delays.push(delayOf(run, code));
      };
      await (code === 'X509_UNKNOWN_CA'
        ? registry.elsewhere(untrusted, measure)
        : measure());
    }
  });
  return [
    atMost(
      'first sign of a failure to its named cause, p95',
      percentile(delays, 0.95) / 1000,
      's',
      5,
    ),
  ];
}

/** Events of a cluster have no more than seconds: what was within the second counts from its beginning. */
function delayOf({ diagnosis, endedAt }: Run, code: string): number {
  const first = diagnosis?.evidence.find(piece => piece.first);
  if (diagnosis?.code !== code || !first?.at)
    throw new Error(
      `Not ${code}, or nobody says since when: ${JSON.stringify(diagnosis)}`,
    );
  return time(endedAt) - time(first.at);
}
