import { openEngine } from '../../support/engine';
import { usePortal } from '../../support/fixtures';
import { requireCluster } from '../../support/engine/testCluster';
import { deployGuestbook, type Deployment } from '../deployments';
import { selfTimes } from '../runs';
import { atMost, percentile, type Measurement } from '../table';
import { ApiCalls } from './ApiCalls';

const REDEPLOYS = 8;

/** Slipway's own share of runs on the cluster, and what they ask of its API server. */
export async function measureRuns(): Promise<Measurement[]> {
  const calls = new ApiCalls(requireCluster().portalKubeconfig);
  let deployments: Deployment[] = [];
  const options = {
    engine: openEngine('slipway-bench'),
    environment: calls.environment,
  };
  try {
    await usePortal(options, async ({ client }) => {
      deployments = await deployGuestbook(client, 'ws-guestbook', REDEPLOYS);
    });
    const uses = deployments.map(deployment => calls.during(deployment));
    const ratios = uses.map(({ calls: all, written }) => all / written);
    return [
      ...selfTimes(deployments, ' on the cluster'),
      atMost(
        'calls of a run to the API server for each object written, median',
        percentile(ratios, 0.5),
        'calls',
        1.3,
      ),
      atMost(
        'calls of the first run to the API server for each object written',
        ratios[0],
        'calls',
        1.3,
      ),
      atMost(
        'new TLS connections of a run to the API server, most',
        Math.max(...uses.map(({ connections }) => connections)),
        'connections',
        2,
      ),
    ];
  } finally {
    calls.remove();
  }
}
