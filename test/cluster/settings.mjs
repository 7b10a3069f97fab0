// What the test cluster is called and where it keeps things. A portal with a
// data folder of its own has a cluster of its own beside the others.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  cacheFolder,
  homeFolder,
  instance,
  logFolder,
} from '../../scripts/paths.mjs';

/** What is built, kept for the next time; shared by all clones. */
export const artefactFolder = join(cacheFolder, 'cluster');

/** All that belongs to the cluster that runs; gone when it is down. */
export const clusterFolder = join(homeFolder, 'cluster');
export const runFolder = join(clusterFolder, 'run');
/** What was changed on the machine, for taking it back. */
export const machineFile = join(clusterFolder, 'machine.json');
/** What those who use the cluster need to know of it. */
export const accessFile = join(clusterFolder, 'cluster.json');
/** The folder of what is known of another cluster while suites run there. */
export const otherFolder = join(homeFolder, 'other-cluster');
export const kubeconfig = join(clusterFolder, 'kubeconfig');
export const kubectl = join(runFolder, 'bin', 'kubectl');

/** Logs outlive the cluster: they are wanted when it failed. */
export const clusterLogs = join(logFolder, 'cluster');

/** The name of its cgroups and of its nft table. */
export const clusterName = `${instance}-cluster`;
export const nodeName = `${instance}-node`;
/** The machine's end of the link to the node; the kernel takes 15 characters. */
export const linkName = `${instance.replace('slipway', 'sw')}-n`;

/** Where the folder `test/cluster` is. */
export const sources = fileURLToPath(new URL('.', import.meta.url));

/** Networks of which one is taken: the first two bytes of a /16. */
export const networks = ['10.201', '10.211', '172.28', '172.25', '10.151'];

/** The addresses of a cluster in one of those networks. */
export function addressesIn(network) {
  return {
    machine: `${network}.0.1`,
    node: `${network}.0.2`,
    link: `${network}.0.0/30`,
    pods: `${network}.64.0/20`,
    services: `${network}.128.0/20`,
    kubernetes: `${network}.128.1`,
    dns: `${network}.128.10`,
    registry: `${network}.0.2:5000`,
  };
}
