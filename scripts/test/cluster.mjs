// The cluster on which suites and measurements run, with all that a portal needs of it.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { keepAccess } from '../../test/cluster/access.mjs';
import { pushBaseImages } from '../../test/cluster/baseImages.mjs';
import { bringBuilders } from '../../test/cluster/builders.mjs';
import { kubectl } from '../../test/cluster/kubectl.mjs';
import { runningCluster } from '../../test/cluster/open.mjs';
import { makePortalAccount } from '../../test/cluster/portalAccount.mjs';
import {
  accessFile,
  otherFolder,
  runFolder,
} from '../../test/cluster/settings.mjs';
import { startCluster } from '../../test/cluster/start.mjs';
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

/**
 * Gives the cluster that runs base images, the account under which portals work
 * there, and all builders of images where the environment asks for
 * `SLIPWAY_ALL`. Returns how it is reached.
 */
async function equip(running, archive, { env, signal }) {
  const complete = env.SLIPWAY_ALL
    ? await bringBuilders(running, { signal })
    : running;
  return keepAccess({
    ...(await pushBaseImages(complete, archive, { signal })),
    portalKubeconfig: await makePortalAccount(running, join(runFolder, 'etc')),
  });
}

/**
 * Returns what makes sure of a cluster with a major version of containerd, or
 * with any: the one that runs, or one that takes its place and ends with the
 * script.
 */
function clusters(archive, { env, signal, onExit }) {
  let isOurs = false;
  onExit(() => isOurs && step('Test cluster removed', stopCluster));
  return async containerd => {
    const running = runningCluster();
    const fits = [undefined, running?.containerd].includes(containerd);
    if (running && fits) {
      return equip(running, archive, { env, signal });
    }
    if (running) {
      await step('Test cluster removed', stopCluster);
    }
    isOurs = true;
    const started = await startCluster({ containerd, signal, onExit });
    return equip(started, archive, { env, signal });
  };
}

/**
 * Makes sure of the cluster with all that suites need of it, with that major
 * version of `containerd` if one is named, and of the portal where
 * `needsPortal`. Returns how the cluster is reached, the environment that hands
 * it over, and `clusterWith`, which makes sure of one with another containerd.
 */
export async function prepareCluster({
  env,
  needsPortal,
  containerd,
  command,
  signal,
  onExit,
}) {
  // First: while this needs a Docker engine, pods would not get out.
  const archive = await archiveBaseImages({ signal, onExit });
  if (needsPortal) {
    refuseBesideDocker(command);
  }
  const clusterWith = clusters(archive, { env, signal, onExit });
  const cluster = await clusterWith(containerd);
  if (needsPortal) {
    await preparePortal({ env, signal });
  }
  return {
    cluster,
    clusterWith,
    env: { ...env, SLIPWAY_TEST_CLUSTER: accessFile },
  };
}

/** The addresses of the nodes of another cluster, at which apps answer. */
async function nodeAddresses(cluster) {
  const list = ['get', 'nodes', '--output=json'];
  const { items } = JSON.parse(await kubectl(list, undefined, cluster));
  return items.flatMap(({ status }) =>
    status.addresses
      .filter(({ type }) => type.endsWith('IP'))
      .map(({ address }) => address),
  );
}

/**
 * As `prepareCluster`, on a cluster of somebody else. Without a registry it is
 * prepared for those suites that need none.
 */
export async function prepareOther(
  other,
  { env, needsPortal, signal, onExit },
) {
  mkdirSync(otherFolder, { recursive: true, mode: 0o700 });
  onExit(() => rmSync(otherFolder, { recursive: true, force: true }));
  const file = join(otherFolder, 'cluster.json');
  let cluster = await step('Account of the portal', async () => ({
    ...other,
    nodeAddresses: await nodeAddresses(other),
    portalKubeconfig: await makePortalAccount(other, otherFolder),
  }));
  if (cluster.registry) {
    const archive = await archiveBaseImages({ signal, onExit });
    cluster = await pushBaseImages(cluster, archive, { signal });
    if (needsPortal) {
      await preparePortal({ env, signal });
    }
  }
  keepAccess(cluster, file);
  return { cluster, env: { ...env, SLIPWAY_TEST_CLUSTER: file } };
}
