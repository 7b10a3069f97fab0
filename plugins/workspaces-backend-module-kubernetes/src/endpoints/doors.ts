import { labels } from '@slipway/backstage-plugin-workspaces-common';
import {
  Cluster,
  ClusterError,
  ClusterObject,
  ResourceKind,
  kinds,
  labelSelector,
} from '../client';
import type { Names } from '../engine/names';

/** In milliseconds: how long is not asked again whether a cluster has a kind. */
const HOLDS_FOR = 10 * 60_000;
/** By the kind: whether the cluster has it, and until when that holds, in milliseconds since 1970. */
const known = new WeakMap<
  Cluster,
  Map<string, { isThere: boolean; until: number }>
>();

const DOORS = [kinds.NetworkPolicy, kinds.Ingress, kinds.HTTPRoute];

/** What admits requests from outside to the apps of a workspace, and leads them there. */
export async function readDoors(
  cluster: Cluster,
  names: Names,
  workspace: string,
  signal?: AbortSignal,
): Promise<ClusterObject[]> {
  const found = await Promise.all(
    DOORS.map(kind => listIfKnown(cluster, names, kind, { workspace, signal })),
  );
  return found.flat();
}

/** Objects of a kind that belong to apps: of one workspace, or of all. None where the cluster has no such kind, or where the portal may not use it. */
export async function listIfKnown(
  cluster: Cluster,
  { instance }: Names,
  kind: ResourceKind,
  { workspace, signal }: { workspace?: string; signal?: AbortSignal },
): Promise<ClusterObject[]> {
  const own = { [labels.instance]: instance, [labels.app]: null };
  const ofCluster = known.get(cluster) ?? new Map();
  known.set(cluster, ofCluster);
  const before = ofCluster.get(kind.kind);
  const holds = before !== undefined && Date.now() < before.until;
  if (holds && !before.isThere) return [];
  // A kind that is not there must not be watched.
  if (holds && workspace) {
    const selection = { namespace: workspace, labels: own };
    return cluster.present(kind, selection, signal);
  }
  const until = Date.now() + HOLDS_FOR;
  const selection = { namespace: workspace, labelSelector: labelSelector(own) };
  try {
    const { items } = await cluster.list(kind, selection, signal);
    ofCluster.set(kind.kind, { isThere: true, until });
    return items;
  } catch (error) {
    if (!isUnknownKind(error)) throw error;
    ofCluster.set(kind.kind, { isThere: false, until });
    return [];
  }
}

function isUnknownKind(error: unknown): boolean {
  return (
    error instanceof ClusterError &&
    (error.status === 404 || error.status === 403)
  );
}
