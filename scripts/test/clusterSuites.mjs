// The suites of `npm run test:cluster`, in their order.
import { repository } from '../paths.mjs';
import { readJest } from './reports.mjs';
import { reportFile, runTests, testProject } from './runners.mjs';

/** Of one test, in milliseconds: on a busy machine a step on the cluster may take long. */
const patience = 180_000;
const module = 'plugins/workspaces-backend-module-kubernetes/src';
/** All that needs no more of a cluster than a kubeconfig. */
const withoutRegistry = `${module}/client/`;
const missingRegistry =
  'a registry from which the nodes pull; SLIPWAY_TEST_REGISTRY names that of another cluster';

/** Tests of the module for Kubernetes, one after the other: the cluster has no more processors than they. */
function testModule(pattern, { name, env, signal }) {
  const report = reportFile(name);
  return runTests({
    name,
    command: 'yarn',
    args: [
      ...['backstage-cli', 'repo', 'test', pattern],
      ...['--json', `--outputFile=${report}`],
      ...['--runInBand', `--testTimeout=${patience}`],
    ],
    cwd: repository,
    report,
    read: readJest,
    env,
    signal,
  });
}

/** The contract of engines, builds, the registry, faults of the engine. */
async function testContract({ cluster, ...options }) {
  const files = '.*\\.cluster\\.test\\.ts$';
  if (cluster.registry) {
    return testModule(`${module}/(?!trust/)${files}`, options);
  }
  const result = await testModule(`${withoutRegistry}${files}`, options);
  const { skipped: one, skips } = skipped(
    `contract, but for the client of the API: it needs ${missingRegistry}`,
  );
  return {
    ...result,
    skipped: result.skipped + one,
    skips: [...result.skips, ...skips],
  };
}

/** Of the contract what the runtime of the nodes has a part in: containers and builds. */
function testContainers({ cluster, ...options }) {
  return testModule(
    `${module}/(KubernetesEngine|build/TektonBuilder)\\.cluster\\.test\\.ts$`,
    options,
  );
}

/** Takes the trust in the registry from the node, and restarts its container runtime again and again. */
function testTrust({ cluster, ...options }) {
  return cluster.trust
    ? testModule(`${module}/trust/.*\\.cluster\\.test\\.ts$`, options)
    : skipped(
        'trust: it needs the files of the node, and those of another cluster are not at hand',
      );
}

/** A suite of test/ whose portal is given the cluster; `files` as for `testProject`. */
function onCluster(project, files) {
  return {
    name: project,
    needs: 'portal',
    run: ({ cluster, ...options }) =>
      cluster.registry
        ? testProject(project, { ...options, files })
        : skipped(`${project}: it needs ${missingRegistry}`),
  };
}

/** A suite once more, on a cluster whose node has containerd 2. */
function onContainerd2(suite) {
  const name = `containerd2-${suite.name}`;
  return {
    ...suite,
    name,
    long: true,
    containerd: 2,
    prepare: async ({ clusterWith }) =>
      clusterWith && { cluster: await clusterWith(2) },
    run: options =>
      options.cluster.containerd === 2
        ? suite.run(options)
        : skipped(
            `${name}: what runs containers on the nodes of another cluster is not ours to choose`,
          ),
  };
}

function skipped(title) {
  return { passed: 0, failed: 0, skipped: 1, failures: [], skips: [title] };
}

const trust = { name: 'trust', needs: 'cluster', run: testTrust, long: true };

export const clusterSuites = [
  { name: 'contract', needs: 'cluster', run: testContract },
  onCluster('api'),
  onCluster('browser'),
  onCluster('faults'),
  { ...onCluster('crash'), long: true },
  trust,
  ...[
    { name: 'contract', needs: 'cluster', run: testContainers },
    trust,
    onCluster('faults', ['trust', 'registry']),
  ].map(onContainerd2),
];
