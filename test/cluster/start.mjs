// Starts the cluster, from nothing to a node that takes pods, builds and pulls.
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { logFile, run } from '../../scripts/command.mjs';
import { freeNetwork } from '../../scripts/engine/hostNetwork.mjs';
import { Problem, step } from '../../scripts/terminal.mjs';
import { keepAccess } from './access.mjs';
import { imageName, images } from './artefacts/images.mjs';
import { prepareArtefacts, prepareContainerd } from './artefacts/prepare.mjs';
import { kubectl, untilKubectl } from './kubectl.mjs';
import { writeConfiguration } from './node/configuration.mjs';
import { makeKeys } from './node/keys.mjs';
import {
  launchNode,
  nodeProcess,
  onNode,
  whileNodeLives,
} from './node/launch.mjs';
import { connect, prepareMachine, startingProcess } from './node/machine.mjs';
import { prepareRegistry } from './node/registry.mjs';
import { pluginFolder, requirePrograms } from './packages.mjs';
import {
  addressesIn,
  clusterFolder,
  clusterLogs,
  kubeconfig,
  kubectl as kubectlProgram,
  networks,
  nodeName,
  runFolder,
  sources,
} from './settings.mjs';
import { stopCluster } from './stop.mjs';

const components = [
  ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'],
  ...['kube-proxy', 'kubelet', 'kubectl', 'netpol'],
];
const workloads = [
  ['kube-system', 'coredns'],
  ['kube-system', 'metrics-server'],
  ['local-path-storage', 'local-path-provisioner'],
  ['tekton-pipelines', 'tekton-pipelines-controller'],
  ['tekton-pipelines', 'tekton-pipelines-webhook'],
];
const limit = 180_000;

/** Refuses where the cluster cannot run, and says why. */
function refuseElsewhere() {
  const elsewhere =
    'Or set SLIPWAY_TEST_KUBECONFIG to the kubeconfig of another cluster.';
  if (process.platform !== 'linux' || process.getuid() !== 0) {
    throw new Problem('The test cluster needs Linux and root.', {
      fix: `Run this as root. ${elsewhere}`,
    });
  }
  if (!existsSync('/sys/fs/cgroup/memory')) {
    throw new Problem('The test cluster needs cgroups of version 1.', {
      fix: `Start the machine with "systemd.unified_cgroup_hierarchy=0". ${elsewhere}`,
    });
  }
  // The node sees overlays of these two, on which containerd cannot stand.
  if (/^\/(var|etc)\//.test(runFolder) || /[^\w./-]/.test(runFolder)) {
    throw new Problem(`The test cluster cannot run in ${clusterFolder}.`, {
      fix: 'Set SLIPWAY_HOME to a folder outside of /var and /etc, of letters, digits and "._-" only.',
    });
  }
}

function refuseBesideAnotherStart() {
  const other = startingProcess();
  if (other !== undefined) {
    throw new Problem(`Process ${other} is starting the test cluster.`, {
      fix: 'Wait for it, then run this again.',
    });
  }
}

async function unpackKubernetes(archive, options) {
  const folder = join(runFolder, 'bin');
  mkdirSync(folder, { recursive: true });
  const program = join(folder, 'kube');
  await run('zstd', ['-q', '-d', archive, '-o', program], options);
  await run('chmod', ['755', program], options);
  components.forEach(name => symlinkSync('kube', join(folder, name)));
  linkPlugins(program);
}

/** The plugins that connect pods: Debian's, and the one of our policies. */
function linkPlugins(kube) {
  const folder = join(runFolder, 'cni');
  mkdirSync(folder);
  for (const name of ['loopback', 'ptp', 'host-local', 'portmap']) {
    symlinkSync(join(pluginFolder, name), join(folder, name));
  }
  symlinkSync(kube, join(folder, 'netpol-announce'));
}

/** What takes the place of the machine's containerd on the node. */
async function unpackContainerd(archive, options) {
  const folder = join(runFolder, 'containerd');
  mkdirSync(folder);
  await run('tar', ['-xf', archive, '-C', folder], options);
}

async function startNode(addresses, artefacts, { containerd, ...options }) {
  rmSync(clusterLogs, { recursive: true, force: true });
  prepareMachine();
  await unpackKubernetes(artefacts.kube, options);
  if (artefacts.containerd) {
    await unpackContainerd(artefacts.containerd, options);
  }
  await makeKeys(join(runFolder, 'pki'), addresses, options);
  writeConfiguration(addresses, { tekton: artefacts.tekton, containerd });
  const registry = await prepareRegistry(addresses);
  await connect(await launchNode(addresses), addresses);
  return registry;
}

/** Brings the images to the node's containerd, as soon as it answers. */
export async function importImages(archives, options) {
  const ctr = (...args) =>
    run(...onNode(nodeProcess(), 'ctr', '--namespace', 'k8s.io', ...args), {
      ...options,
    });
  await ctr('--connect-timeout', '30s', 'version');
  for (const archive of archives) {
    await ctr('images', 'import', archive);
  }
}

async function applyManifests({ signal }) {
  await untilKubectl(['get', '--raw', '/readyz'], text => text === 'ok', {
    limit,
    signal,
  });
  await kubectl([
    ...['apply', '--server-side', '--filename', join(runFolder, 'manifests')],
  ]);
}

/** Until the node takes a pod: the first ones would be refused before. */
async function untilNodeIsReady({ signal }) {
  const ready = text => {
    const node = JSON.parse(text);
    const { conditions = [] } = node.status;
    return (
      !node.spec.taints &&
      conditions.some(
        ({ type, status }) => type === 'Ready' && status === 'True',
      )
    );
  };
  const options = { limit, signal };
  await untilKubectl(['get', 'node', nodeName, '-o', 'json'], ready, options);
  const account = ['get', 'serviceaccount', 'default', '-o', 'name'];
  await untilKubectl(account, Boolean, options);
}

/** Until everything that is installed answers, the webhook included. */
async function untilWorkloadsAreReady({ signal }) {
  for (const [namespace, name] of workloads) {
    await kubectl([
      ...['rollout', 'status', '--namespace', namespace],
      ...[`deployment/${name}`, `--timeout=${limit / 1000}s`],
    ]);
  }
  const probe = join(sources, 'node', 'probe.yaml');
  await untilKubectl(
    ['create', '--dry-run=server', '--filename', probe],
    Boolean,
    { limit, signal },
  );
  await untilKubectl(['top', 'node', nodeName], Boolean, { limit, signal });
}

function accessWith(registry, addresses, containerd) {
  return {
    kubeconfig,
    kubectl: kubectlProgram,
    node: nodeName,
    nodeAddresses: [addresses.node],
    containerd,
    registry,
    trust: join(runFolder, 'certs.d'),
    runtime: join(runFolder, 'etc', 'containerd.toml'),
    images: Object.fromEntries(
      Object.keys(images).map(name => [name, imageName(name)]),
    ),
  };
}

/**
 * Starts a cluster where none runs; returns how it is reached. `containerd` is
 * the major version on its node: 1 of Debian, 2 built for it.
 */
export async function startCluster({ containerd = 1, signal, onExit }) {
  refuseElsewhere();
  refuseBesideAnotherStart();
  await step('Packages of the cluster', requirePrograms);
  const artefacts = await prepareArtefacts({ signal });
  if (containerd === 2) {
    artefacts.containerd = await prepareContainerd({ signal });
  }

  let complete = false;
  onExit(() => complete || stopCluster());
  await stopCluster(); // what is left of one that was cut short
  const options = { log: logFile('cluster-start'), signal, append: true };
  rmSync(options.log, { force: true });
  const addresses = addressesIn(freeNetwork(networks));
  const registry = await step('Node', () =>
    startNode(addresses, artefacts, { containerd, ...options }),
  );
  await whileNodeLives(
    (async () => {
      await step('API, images, manifests', () =>
        Promise.all([
          importImages(artefacts.images, options),
          applyManifests(options),
        ]),
      );
      await step('Node takes pods', () => untilNodeIsReady(options));
      await step('DNS, volumes, metrics, Tekton', () =>
        untilWorkloadsAreReady(options),
      );
    })(),
  );
  const access = keepAccess(accessWith(registry, addresses, containerd));
  complete = true;
  return access;
}
