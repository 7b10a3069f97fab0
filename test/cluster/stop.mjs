// Ends the cluster and leaves nothing of it but its logs.
import { rmSync } from 'node:fs';
import { Problem } from '../../scripts/terminal.mjs';
import { endNode } from './node/launch.mjs';
import { restoreMachine, traces } from './node/machine.mjs';
import { clusterFolder } from './settings.mjs';

/** Returns whether there was anything to end. */
export async function stopCluster() {
  const before = await traces();
  if (before.length === 0) {
    return false;
  }
  if (process.getuid() !== 0) {
    throw new Problem('The test cluster belongs to root.', {
      fix: 'Run this as root.',
    });
  }
  await endNode();
  await restoreMachine();
  rmSync(clusterFolder, { recursive: true, force: true });
  const left = await traces();
  if (left.length > 0) {
    throw new Problem(`Of the test cluster is left: ${left.join(', ')}.`, {
      fix: 'Run "npm run cluster:down" again.',
    });
  }
  return true;
}
