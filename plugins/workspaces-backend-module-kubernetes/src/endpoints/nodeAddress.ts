import type { V1Node } from '@kubernetes/client-node';
import { Cluster, ClusterObject, kinds } from '../client';
import { byAge, isTrue } from '../engine/watch';

type Node = V1Node & ClusterObject;

/** In milliseconds: how long an address holds without a look at the nodes. */
const HOLDS_FOR = 30_000;
const known = new WeakMap<Cluster, { address: string; until: number }>();

/** An address at which ports of nodes are reached: each node leads to all apps. `undefined` where none is ready. */
export async function nodeAddress(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const kept = known.get(cluster);
  if (kept && Date.now() < kept.until) return kept.address;
  const { items } = await cluster.list<Node>(kinds.Node, {}, signal);
  const address = publicAddress(items);
  if (address) known.set(cluster, { address, until: Date.now() + HOLDS_FOR });
  return address;
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
