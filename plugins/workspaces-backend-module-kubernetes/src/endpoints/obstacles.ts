import type { V1IngressClass } from '@kubernetes/client-node';
import { Cluster, ClusterObject, isNotFound, kinds, listPath } from '../client';
import { isTrue } from '../engine/watch';
import type { NamedEndpoints } from './settings';

const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';

type IngressClass = V1IngressClass & ClusterObject;
type Gateway = ClusterObject & {
  status?: { conditions?: { type: string; status: string }[] };
};

/** What the cluster lacks for addresses of that type, whatever the app; `undefined` if nothing. */
export async function obstacleOf(
  cluster: Cluster,
  settings: NamedEndpoints,
  signal?: AbortSignal,
): Promise<string | undefined> {
  return settings.type === 'ingress'
    ? obstacleOfClass(cluster, settings.ingressClassName, signal)
    : obstacleOfGateway(cluster, settings.gateway, signal);
}

async function obstacleOfClass(
  cluster: Cluster,
  wanted: string | undefined,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { items } = await cluster.list<IngressClass>(
    kinds.IngressClass,
    {},
    signal,
  );
  const names = items.map(({ metadata }) => metadata.name);
  const known = `there ${
    names.length > 0 ? `are ${names.join(', ')}` : 'is none at all'
  }`;
  if (wanted !== undefined) {
    return names.includes(wanted)
      ? undefined
      : `There is no IngressClass ${wanted}; ${known}`;
  }
  const hasDefault = items.some(
    ({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true',
  );
  if (hasDefault) return undefined;
  return `No IngressClass is the default one, and workspaces.kubernetes.endpoints.ingressClassName names none; ${known}`;
}

async function obstacleOfGateway(
  cluster: Cluster,
  { namespace, name }: { namespace: string; name: string },
  signal?: AbortSignal,
): Promise<string | undefined> {
  for (const kind of [kinds.HTTPRoute, kinds.Gateway]) {
    if (!(await isServed(cluster, kind, signal))) {
      return `The cluster has no ${kind.kind} of ${kind.apiVersion}: the Gateway API is not installed`;
    }
  }
  const gateway = await cluster.get<Gateway>(
    { ...kinds.Gateway, namespace, name },
    signal,
  );
  if (!gateway) return `There is no Gateway ${name} in ${namespace}`;
  return isTrue(gateway.status?.conditions, 'Programmed')
    ? undefined
    : `The Gateway ${name} in ${namespace} is not Programmed: its controller has not taken it up`;
}

/** Whether the API server knows the kind. */
async function isServed(
  cluster: Cluster,
  kind: { apiVersion: string; kind: string },
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await cluster.call({
      method: 'GET',
      path: listPath(kind),
      query: { limit: 1 },
      signal,
    });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
