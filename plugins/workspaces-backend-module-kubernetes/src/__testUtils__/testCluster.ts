import { readFileSync } from 'node:fs';

/** How the cluster of the tests is reached, as `npm run cluster:status` prints it. */
export interface TestCluster {
  kubeconfig: string;
  registry: {
    address: string;
    authority: string;
    user: string;
    password: string;
  };
  images: Record<string, string>;
}

/** The cluster that SLIPWAY_TEST_CLUSTER names: suites that need one are left out where it names none. */
export function testCluster(): TestCluster {
  const path = process.env.SLIPWAY_TEST_CLUSTER;
  if (!path) throw new Error('SLIPWAY_TEST_CLUSTER names no cluster');
  return JSON.parse(readFileSync(path, 'utf8'));
}
