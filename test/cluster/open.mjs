// The cluster that runs here.
import { readAccess } from './access.mjs';
import { nodeProcess } from './node/launch.mjs';

/** How the cluster is reached that runs here, if one does. */
export function runningCluster() {
  return nodeProcess() === undefined ? undefined : readAccess();
}
