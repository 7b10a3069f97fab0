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

/** In milliseconds: how long it holds that a cluster has no kind of which it may do without. */
const MISSING_FOR = 10 * 60_000;
/** By the kind: until when the cluster is taken to have none, in milliseconds since 1970. */
const missing = new WeakMap<Cluster, Map<string, number>>();

const ROUTES = [kinds.Ingress, kinds.HTTPRoute];

/** What admits requests from outside to the apps of a workspace, and leads them there. */
export async function readDoors(
  cluster: Cluster,
  names: Names,
  workspace: string,
  signal?: AbortSignal,
): Promise<ClusterObject[]> {
  const own = { [labels.instance]: names.instance, [labels.app]: null };
  const selection = { namespace: workspace, labels: own };
  const found = await Promise.all([
    cluster.present(kinds.NetworkPolicy, selection, signal),
    ...ROUTES.map(kind =>
      listIfKnown(cluster, names, kind, { workspace, signal }),
    ),
  ]);
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
  const kindsMissing = missing.get(cluster) ?? new Map<string, number>();
  if (Date.now() < (kindsMissing.get(kind.kind) ?? 0)) return [];
  try {
    const selection = {
      namespace: workspace,
      labelSelector: labelSelector(own),
    };
    return (await cluster.list(kind, selection, signal)).items;
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    if (error.status === 403) return [];
    if (error.status !== 404) throw error;
    kindsMissing.set(kind.kind, Date.now() + MISSING_FOR);
    missing.set(cluster, kindsMissing);
    return [];
  }
}

/** Notes that a cluster has a kind: one of it was made. */
export function noteKind(cluster: Cluster, { kind }: ResourceKind): void {
  missing.get(cluster)?.delete(kind);
}
