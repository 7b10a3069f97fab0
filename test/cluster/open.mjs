// The cluster that suites run against: the one that SLIPWAY_TEST_KUBECONFIG
// names, the one that runs, or a new one.
import { existsSync } from 'node:fs';
import { Problem } from '../../scripts/terminal.mjs';
import { readAccess } from './access.mjs';
import { nodeProcess } from './node/launch.mjs';
import { startCluster } from './start.mjs';

/** How the cluster is reached that runs here, if one does. */
export function runningCluster() {
  return nodeProcess() === undefined ? undefined : readAccess();
}

/**
 * Returns how the cluster is reached, as `cluster:status` prints it. Of another
 * cluster only the kubeconfig is known: a suite that needs the registry or the
 * images cannot run there. `containerd` is the major version on the node of a
 * new one.
 */
export async function openCluster({ containerd, signal, onExit }) {
  const other = process.env.SLIPWAY_TEST_KUBECONFIG;
  if (other) {
    if (!existsSync(other)) {
      throw new Problem(`SLIPWAY_TEST_KUBECONFIG names no file: ${other}.`);
    }
    return { kubeconfig: other };
  }
  return runningCluster() ?? startCluster({ containerd, signal, onExit });
}
