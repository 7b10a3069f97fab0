import { readFileSync } from 'node:fs';
import { Cluster } from '../client';

/** What a test cluster says of itself. */
export interface TestCluster {
  kubeconfig: string;
  registry: {
    address: string;
    /** Path of the certificate of its authority. */
    authority: string;
    user: string;
    password: string;
  };
  images: Record<string, string>;
  node: string;
  /** Folder in which its containerd looks for registries. */
  trust: string;
  /** Path of the configuration of its containerd. */
  runtime: string;
}

/** The cluster that the environment names; throws a clear message where it names none. */
export function testCluster(): TestCluster {
  const path = process.env.SLIPWAY_TEST_CLUSTER;
  if (!path) {
    throw new Error(
      'These tests need a cluster: SLIPWAY_TEST_CLUSTER must name the file that describes it (docs/test-cluster.md)',
    );
  }
  return JSON.parse(readFileSync(path, 'utf8')) as TestCluster;
}

/** Path of the kubeconfig of the administrator of the tests' cluster. */
export function testKubeconfig(): string {
  return testCluster().kubeconfig;
}

/** An administrator's way to the cluster of the tests, to be closed at their end. */
export function openTestCluster(): Cluster {
  return Cluster.open({ kubeconfig: testKubeconfig() });
}
