import { ClusterEngine } from './ClusterEngine';
import { DockerEngine } from './DockerEngine';
import type { TestEngine } from './TestEngine';
import { testCluster } from './testCluster';

export { containerOf, runningParts } from './TestEngine';
export type { Item, Recording, TestEngine } from './TestEngine';

/** The engine on which the suites run, and all that a portal of this instance makes there. */
export function openEngine(instance: string): TestEngine {
  const cluster = testCluster();
  return cluster
    ? new ClusterEngine(cluster, instance)
    : new DockerEngine(instance);
}
