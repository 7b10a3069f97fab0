// The suites of `npm run test:cluster`, in their order.
import { repository } from '../paths.mjs';
import { readJest } from './reports.mjs';
import { reportFile, runTests, testProject } from './runners.mjs';

/** Of one test, in milliseconds: the cluster may restart a node's containerd meanwhile, on a busy machine. */
const patience = 180_000;
const module = 'plugins/workspaces-backend-module-kubernetes/src';
/** All that needs no more of a cluster than a kubeconfig. */
const withoutRegistry = `${module}/client/`;

/** The tests of the module for Kubernetes that need a cluster: the contract of engines, builds, the registry, faults. */
function testContract({ env, signal, cluster }) {
  const report = reportFile('contract');
  const folder = cluster.registry ? `${module}/` : withoutRegistry;
  return runTests({
    name: 'contract',
    command: 'yarn',
    args: [
      ...[
        'backstage-cli',
        'repo',
        'test',
        `${folder}.*\\.cluster\\.test\\.ts$`,
      ],
      ...['--json', `--outputFile=${report}`],
      // The cluster has no more processors than the tests that wait for it.
      ...['--runInBand', `--testTimeout=${patience}`],
    ],
    cwd: repository,
    report,
    read: readJest,
    env,
    signal,
  });
}

/** A suite of test/ whose portal is given the cluster. */
function onCluster(name) {
  return {
    name,
    needs: 'portal',
    run: ({ cluster, ...options }) =>
      cluster.registry
        ? testProject(name, options)
        : skipped(
            `${name}: it needs a registry from which the nodes pull, and base images in it; of another cluster only the kubeconfig is known`,
          ),
  };
}

function skipped(title) {
  return { passed: 0, failed: 0, skipped: 1, failures: [], skips: [title] };
}

export const clusterSuites = [
  { name: 'contract', needs: 'cluster', run: testContract },
  onCluster('api'),
  onCluster('browser'),
  onCluster('faults'),
  { ...onCluster('crash'), long: true },
];
