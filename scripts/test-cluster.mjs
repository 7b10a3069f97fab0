// npm run test:cluster [-- --all] [-- --only contract,api]
// What must hold on a real Kubernetes cluster. The last line is the sum of all
// reports, as that of `npm test`.
import { otherCluster } from '../test/cluster/other.mjs';
import { prepareCluster, prepareOther } from './test/cluster.mjs';
import { clusterSuites } from './test/clusterSuites.mjs';
import { mainOfSuites } from './test/run.mjs';
import { prepareToolchain } from './toolchain/toolchain.mjs';

const command = 'npm run test:cluster';

/** What must be there before the chosen suites: the cluster with base images, the portal. */
async function prepare(chosen, { signal, onExit }) {
  const env = { ...(await prepareToolchain({ signal })), CI: '1' };
  const all = process.argv.includes('--all');
  if (all) {
    env.SLIPWAY_ALL = '1';
  }
  const needsPortal = chosen.some(({ needs }) => needs === 'portal');
  const options = { env, needsPortal, signal, onExit };
  const other = otherCluster();
  if (other) {
    return prepareOther(other, options);
  }
  const containerd = all ? 1 : chosen[0].containerd;
  return prepareCluster({ ...options, containerd, command });
}

mainOfSuites({ suites: clusterSuites, command, prepare });
