import { readFileSync } from 'node:fs';

/** How a test cluster is reached, as `npm run cluster:status` prints it. */
export interface TestCluster {
  /** Path of that of an administrator. */
  kubeconfig: string;
  /** Path of that of the account under which portals work. */
  portalKubeconfig: string;
  /** Path of the program. */
  kubectl: string;
  /** At which apps answer. */
  nodeAddresses: string[];
  /**
   * Folder in which the node looks for the registries that it trusts, read anew at each pull. The files of the nodes of
   * somebody else's cluster are not at hand.
   */
  trust?: string;
  registry: {
    address: string;
    /** Path of the certificate of its authority. */
    authority: string;
    user: string;
    password: string;
  };
  /** On the node, or pulled by it. */
  images: Record<string, string>;
  /** In the registry, by the names that Dockerfiles write. */
  baseImages: Record<string, string>;
}

/** The cluster that `npm run test:cluster` hands over; `undefined` where the suites run on Docker. */
export function testCluster(): TestCluster | undefined {
  const path = process.env.SLIPWAY_TEST_CLUSTER;
  return path
    ? (JSON.parse(readFileSync(path, 'utf8')) as TestCluster)
    : undefined;
}

/** Where the node looks for registries; throws where its files are not at hand. */
export function trustFolder({ trust }: TestCluster): string {
  if (!trust) throw new Error('The files of the node are not at hand');
  return trust;
}

/** The cluster of what runs on no other engine. */
export function requireCluster(): TestCluster {
  const cluster = testCluster();
  if (!cluster) {
    throw new Error(
      'This runs on a cluster: SLIPWAY_TEST_CLUSTER must name it, as npm run test:cluster does',
    );
  }
  return cluster;
}
