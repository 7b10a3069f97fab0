import type { V1Node } from '@kubernetes/client-node';
import { Cluster, ClusterObject, kinds } from '../client';
import { byAge, isTrue } from '../engine/watch';

type Node = V1Node & ClusterObject;

/** An address at which ports of nodes are reached: each node leads to all apps. `undefined` where none is ready. */
export async function nodeAddress(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { items } = await cluster.list<Node>(kinds.Node, {}, signal);
  return publicAddress(items);
}

/** The oldest node keeps the address the longest; one for the world outside comes first. */
export function publicAddress(nodes: Node[]): string | undefined {
  const ready = nodes
    .filter(({ status }) => isTrue(status?.conditions, 'Ready'))
    .sort(byAge);
  for (const type of ['ExternalIP', 'InternalIP']) {
    for (const { status } of ready) {
      const found = status?.addresses?.find(address => address.type === type);
      if (found) return found.address;
    }
  }
  return undefined;
}
