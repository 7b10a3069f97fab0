// The cluster on which suites and measurements run, with all that a portal needs of it.
import { keepAccess } from '../../test/cluster/access.mjs';
import { pushBaseImages } from '../../test/cluster/baseImages.mjs';
import { bringBuilders } from '../../test/cluster/builders.mjs';
import { openCluster, runningCluster } from '../../test/cluster/open.mjs';
import { makePortalAccount } from '../../test/cluster/portalAccount.mjs';
import { accessFile } from '../../test/cluster/settings.mjs';
import { stopCluster } from '../../test/cluster/stop.mjs';
import { archiveBaseImages } from '../engine/archive.mjs';
import { preparePortal } from '../portal/bundle.mjs';
import {
  processIds,
  processName,
  sharesNetwork,
} from '../system/processes.mjs';
import { Problem, step } from '../terminal.mjs';

/** Builds of apps fetch packages, and Docker drops what it does not forward itself. */
function refuseBesideDocker(command) {
  const docker = processIds().find(
    pid => processName(pid) === 'dockerd' && sharesNetwork(pid),
  );
  if (docker !== undefined) {
    throw new Problem(
      `A Docker daemon runs in this machine's network (process ${docker}): the builds of the cluster would not get out of it.`,
      { fix: `Stop it, then run ${command} again.` },
    );
  }
}

/** The cluster that is there, or one that ends with the script. */
async function runCluster({ signal, onExit }) {
  if (runningCluster() === undefined) {
    onExit(() => step('Test cluster removed', stopCluster));
  }
  return openCluster({ signal, onExit });
}

/**
 * Makes sure of the cluster with base images, with all builders of images where the environment asks for `SLIPWAY_ALL`, of the account under which portals work there, and of the portal where
 * `needsPortal`. Returns how the cluster is reached, and the environment that hands it over.
 */
export async function prepareCluster({
  env,
  needsPortal,
  command,
  signal,
  onExit,
}) {
  // First: while this needs a Docker engine, pods would not get out.
  const archive = await archiveBaseImages({ signal, onExit });
  if (needsPortal) {
    refuseBesideDocker(command);
  }
  const running = await runCluster({ signal, onExit });
  const complete = env.SLIPWAY_ALL
    ? await bringBuilders(running, { signal })
    : running;
  const cluster = keepAccess({
    ...(await pushBaseImages(complete, archive, { signal })),
    portalKubeconfig: await makePortalAccount(),
  });
  if (needsPortal) {
    await preparePortal({ env, signal });
  }
  return { cluster, env: { ...env, SLIPWAY_TEST_CLUSTER: accessFile } };
}
