// The cluster that suites run against: the one that SLIPWAY_TEST_KUBECONFIG
// names, the one that runs, or a new one.
import { existsSync, readFileSync } from 'node:fs';
import { Problem } from '../../scripts/terminal.mjs';
import { nodeProcess } from './node/launch.mjs';
import { accessFile } from './settings.mjs';
import { startCluster } from './start.mjs';

/** How the cluster is reached that runs here, if one does. */
export function runningCluster() {
  return nodeProcess() !== undefined && existsSync(accessFile)
    ? JSON.parse(readFileSync(accessFile, 'utf8'))
    : undefined;
}

/**
 * Returns how the cluster is reached, as `cluster:status` prints it. Of another
 * cluster only the kubeconfig is known: a suite that needs the registry or the
 * images cannot run there.
 */
export async function openCluster({ signal, onExit }) {
  const other = process.env.SLIPWAY_TEST_KUBECONFIG;
  if (other) {
    if (!existsSync(other)) {
      throw new Problem(`SLIPWAY_TEST_KUBECONFIG names no file: ${other}.`);
    }
    return { kubeconfig: other };
  }
  return runningCluster() ?? startCluster({ signal, onExit });
}
