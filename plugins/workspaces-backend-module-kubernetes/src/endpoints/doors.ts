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

/** In milliseconds: how long it holds that a cluster has no kind of which each may do without. */
const MISSING_FOR = 10 * 60_000;
/** Until when a cluster is taken to have no HTTPRoutes, in milliseconds since 1970. */
const withoutRoutes = new WeakMap<Cluster, number>();

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
  // What is not there must not be watched either.
  const isOptional = kind.kind === kinds.HTTPRoute.kind;
  if (isOptional && Date.now() < (withoutRoutes.get(cluster) ?? 0)) return [];
  try {
    if (workspace && !isOptional) {
      const selection = { namespace: workspace, labels: own };
      return await cluster.present(kind, selection, signal);
    }
    const selection = {
      namespace: workspace,
      labelSelector: labelSelector(own),
    };
    return (await cluster.list(kind, selection, signal)).items;
  } catch (error) {
    if (!isUnknownKind(error)) throw error;
    if (isOptional) withoutRoutes.set(cluster, Date.now() + MISSING_FOR);
    return [];
  }
}

/** Notes that a cluster has HTTPRoutes: one was made. */
export function noteRoutes(cluster: Cluster): void {
  withoutRoutes.delete(cluster);
}

function isUnknownKind(error: unknown): boolean {
  return (
    error instanceof ClusterError &&
    (error.status === 404 || error.status === 403)
  );
}
