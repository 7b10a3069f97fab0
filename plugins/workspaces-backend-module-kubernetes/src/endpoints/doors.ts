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

/** In milliseconds: how long a kind is not asked about again that a cluster has not. */
const UNKNOWN_FOR = 10 * 60_000;
/** By the kind: until when, in milliseconds since 1970. */
const unknownKinds = new WeakMap<Cluster, Map<string, number>>();

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
  const unknown = unknownKinds.get(cluster) ?? new Map<string, number>();
  if (Date.now() < (unknown.get(kind.kind) ?? 0)) return [];
  try {
    if (workspace) {
      const selection = { namespace: workspace, labels: own };
      return await cluster.present(kind, selection, signal);
    }
    const selection = { labelSelector: labelSelector(own) };
    return (await cluster.list(kind, selection, signal)).items;
  } catch (error) {
    if (!isUnknownKind(error)) throw error;
    unknown.set(kind.kind, Date.now() + UNKNOWN_FOR);
    unknownKinds.set(cluster, unknown);
    return [];
  }
}

function isUnknownKind(error: unknown): boolean {
  return (
    error instanceof ClusterError &&
    (error.status === 404 || error.status === 403)
  );
}
