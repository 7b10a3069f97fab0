import type { V1ObjectMeta } from '@kubernetes/client-node';

/** Any object of the API. */
export interface ClusterObject {
  apiVersion: string;
  kind: string;
  metadata: V1ObjectMeta;
  [field: string]: unknown;
}

/** Names a kind, and where its objects are. */
export interface ResourceKind {
  apiVersion: string;
  kind: string;
}

/** Names one object. */
export interface ObjectReference extends ResourceKind {
  namespace?: string;
  name: string;
}

/** The kinds that are spoken of here, by their names. */
export const kinds = {
  Namespace: { apiVersion: 'v1', kind: 'Namespace' },
  Node: { apiVersion: 'v1', kind: 'Node' },
  Pod: { apiVersion: 'v1', kind: 'Pod' },
  Event: { apiVersion: 'v1', kind: 'Event' },
  Secret: { apiVersion: 'v1', kind: 'Secret' },
  Service: { apiVersion: 'v1', kind: 'Service' },
  ServiceAccount: { apiVersion: 'v1', kind: 'ServiceAccount' },
  ResourceQuota: { apiVersion: 'v1', kind: 'ResourceQuota' },
  LimitRange: { apiVersion: 'v1', kind: 'LimitRange' },
  PersistentVolumeClaim: { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  Deployment: { apiVersion: 'apps/v1', kind: 'Deployment' },
  ReplicaSet: { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  StatefulSet: { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  Job: { apiVersion: 'batch/v1', kind: 'Job' },
  NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  Ingress: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  IngressClass: { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass' },
  Gateway: { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' },
  HTTPRoute: { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
  EndpointSlice: { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
  TaskRun: { apiVersion: 'tekton.dev/v1', kind: 'TaskRun' },
  StorageClass: { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' },
} as const satisfies Record<string, ResourceKind>;

/** The resource of a kind, as the API's paths have it. */
export function resourceOf(kind: string): string {
  const word = kind.toLowerCase();
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return word.endsWith('s') ? `${word}es` : `${word}s`;
}

/** Path of the objects of a kind: in a namespace, or all there are. */
export function listPath(
  { apiVersion, kind }: ResourceKind,
  namespace?: string,
): string {
  const root = apiVersion.includes('/') ? '/apis' : '/api';
  const place = namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}/${apiVersion}${place}/${resourceOf(kind)}`;
}

/** Path of one object. */
export function objectPath(reference: ObjectReference): string {
  const { namespace, name } = reference;
  return `${listPath(reference, namespace)}/${encodeURIComponent(name)}`;
}

/** The reference to an object. */
export function referenceTo(object: ClusterObject): ObjectReference {
  const { namespace, name = '' } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, namespace, name };
}

/** A selector of objects by their labels; `null` asks that the label is there, whatever its value. */
export function labelSelector(wanted: Labels): string {
  return Object.entries(wanted)
    .map(([label, value]) => (value === null ? label : `${label}=${value}`))
    .join(',');
}

/** Labels of objects; `null` stands for any value. */
export type Labels = Record<string, string | null>;

/** Whether an object has all the labels. */
export function hasLabels({ metadata }: ClusterObject, wanted: Labels) {
  return Object.entries(wanted).every(([label, value]) => {
    const found = metadata.labels?.[label];
    return value === null ? found !== undefined : found === value;
  });
}
