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
  try {
    const { items } = await cluster.list(
      kind,
      {
        namespace: workspace,
        labelSelector: labelSelector({
          [labels.instance]: instance,
          [labels.app]: null,
        }),
      },
      signal,
    );
    return items;
  } catch (error) {
    if (isUnknownKind(error)) return [];
    throw error;
  }
}

function isUnknownKind(error: unknown): boolean {
  return (
    error instanceof ClusterError &&
    (error.status === 404 || error.status === 403)
  );
}
