// npm run test:cluster [-- --all] [-- --only contract,api]
// What must hold on a real Kubernetes cluster. The last line is the sum of all
// reports, as that of `npm test`.
import { keepAccess } from '../test/cluster/access.mjs';
import { pushBaseImages } from '../test/cluster/baseImages.mjs';
import { openCluster, runningCluster } from '../test/cluster/open.mjs';
import { makePortalAccount } from '../test/cluster/portalAccount.mjs';
import { accessFile } from '../test/cluster/settings.mjs';
import { stopCluster } from '../test/cluster/stop.mjs';
import { archiveBaseImages } from './engine/archive.mjs';
import { preparePortal } from './portal/bundle.mjs';
import { processIds, processName, sharesNetwork } from './system/processes.mjs';
import { Problem, step } from './terminal.mjs';
import { clusterSuites } from './test/clusterSuites.mjs';
import { mainOfSuites } from './test/run.mjs';
import { prepareToolchain } from './toolchain/toolchain.mjs';

/** Builds of apps fetch packages, and Docker drops what it does not forward itself. */
function refuseBesideDocker() {
  const docker = processIds().find(
    pid => processName(pid) === 'dockerd' && sharesNetwork(pid),
  );
  if (docker !== undefined) {
    throw new Problem(
      `A Docker daemon runs in this machine's network (process ${docker}): the builds of the cluster would not get out of it.`,
      {
        fix: 'Stop it, then run this again; "npm run test:cluster -- --only contract" needs no way out.',
      },
    );
  }
}

/** The cluster that is there, or one that ends with the script. */
async function clusterForSuites({ signal, onExit }) {
  const isOurs =
    !process.env.SLIPWAY_TEST_KUBECONFIG && runningCluster() === undefined;
  if (isOurs) {
    onExit(() => step('Test cluster removed', stopCluster));
  }
  return openCluster({ signal, onExit });
}

/** What must be there before the chosen suites: the cluster with base images, the portal. */
async function prepare(chosen, { signal, onExit }) {
  const env = { ...(await prepareToolchain({ signal })), CI: '1' };
  if (process.env.SLIPWAY_TEST_KUBECONFIG) {
    return { env, cluster: await openCluster({ signal, onExit }) };
  }
  // First: while this needs a Docker engine, pods would not get out.
  const archive = await archiveBaseImages({ signal, onExit });
  const needsPortal = chosen.some(({ needs }) => needs === 'portal');
  if (needsPortal) {
    refuseBesideDocker();
  }
  const cluster = keepAccess({
    ...(await pushBaseImages(
      await clusterForSuites({ signal, onExit }),
      archive,
      { signal },
    )),
    portalKubeconfig: await makePortalAccount(),
  });
  if (needsPortal) {
    await preparePortal({ env, signal });
  }
  const all = process.argv.includes('--all') ? { SLIPWAY_ALL: '1' } : {};
  return {
    env: { ...env, ...all, SLIPWAY_TEST_CLUSTER: accessFile },
    cluster,
  };
}

mainOfSuites({
  suites: clusterSuites,
  command: 'npm run test:cluster',
  prepare,
});
