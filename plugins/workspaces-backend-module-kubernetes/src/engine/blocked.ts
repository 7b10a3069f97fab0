import { BlockList, isIPv4 } from 'node:net';
import type {
  V1LabelSelector,
  V1NetworkPolicy,
  V1NetworkPolicyEgressRule,
  V1NetworkPolicyPeer,
  V1Service,
} from '@kubernetes/client-node';
import type { RawEvidence } from '@slipway/backstage-plugin-workspaces-node';
import { evidenceOf } from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, ClusterObject, Pod, kinds } from '../client';

type NetworkPolicy = V1NetworkPolicy & ClusterObject;
type Labels = Record<string, string>;

/** Where a process wanted to connect. */
export interface Target {
  host: string;
  port: number;
}

/** The pods behind an address, with the labels of their namespaces. */
export interface Behind {
  namespace: string;
  pod: Labels;
  space: Labels;
}

const IN_VAIN = /ETIMEDOUT|timed? ?out/i;
const ADDRESS =
  /\b(\d{1,3}(?:\.\d{1,3}){3})(?::|", port |\), port | port )(\d{1,5})\b/;

/** Addresses that were waited for in vain, as an output tells it. */
export function waitedFor(output: string): Target[] {
  return output.split('\n').flatMap(line => {
    const [, host, port] = (IN_VAIN.test(line) && ADDRESS.exec(line)) || [];
    return host && isIPv4(host) ? [{ host, port: Number(port) }] : [];
  });
}

/** The first policy that keeps a pod from an address; `undefined` where one lets it through, or none is about it. */
export function blockingPolicy(
  policies: NetworkPolicy[],
  pod: { namespace: string; labels: Labels },
  target: Target,
  behind: Behind[],
): string | undefined {
  const selecting = policies.filter(
    ({ spec }) =>
      spec?.policyTypes?.includes('Egress') &&
      selects(spec.podSelector, pod.labels),
  );
  const isLetThrough = selecting.some(({ spec }) =>
    spec?.egress?.some(rule => lets(rule, pod.namespace, target, behind)),
  );
  return isLetThrough ? undefined : selecting[0]?.metadata.name;
}

function lets(
  { ports = [], to = [] }: V1NetworkPolicyEgressRule,
  namespace: string,
  target: Target,
  behind: Behind[],
): boolean {
  const hasPort =
    ports.length === 0 ||
    ports.some(
      ({ port, endPort }) =>
        port === undefined ||
        typeof port === 'string' || // a name: what it stands for is the pod's to say
        (target.port >= port && target.port <= (endPort ?? port)),
    );
  const hasPeer =
    to.length === 0 || to.some(peer => isPeer(peer, namespace, target, behind));
  return hasPort && hasPeer;
}

function isPeer(
  { ipBlock, namespaceSelector, podSelector }: V1NetworkPolicyPeer,
  namespace: string,
  { host }: Target,
  behind: Behind[],
): boolean {
  if (ipBlock) {
    const { cidr, except = [] } = ipBlock;
    return isWithin(host, cidr) && !except.some(each => isWithin(host, each));
  }
  return behind.some(
    other =>
      (namespaceSelector
        ? selects(namespaceSelector, other.space)
        : other.namespace === namespace) &&
      selects(podSelector ?? {}, other.pod),
  );
}

function isWithin(host: string, cidr: string): boolean {
  const [network, length] = cidr.split('/');
  if (!isIPv4(network)) return false;
  const range = new BlockList();
  range.addSubnet(network, Number(length));
  return range.check(host);
}

/** Whether a selector means what has these labels. */
function selects(selector: V1LabelSelector = {}, labels: Labels): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(
      ([key, value]) => labels[key] === value,
    ) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const isOne = key in labels && values.includes(labels[key]);
      if (operator === 'Exists') return key in labels;
      if (operator === 'DoesNotExist') return !(key in labels);
      return operator === 'In' ? isOne : !isOne;
    })
  );
}

/**
 * Which policies kept a pod from what its output says it waited for. None where nothing of the kind is there, or
 * the policies cannot be read: they only explain.
 */
export async function blockedEvidence(
  cluster: Cluster,
  { metadata }: Pod,
  output: string,
): Promise<RawEvidence[]> {
  const [target] = waitedFor(output);
  if (!target) return [];
  const { namespace = '', labels = {} } = metadata;
  try {
    const { items } = await cluster.list<NetworkPolicy>(kinds.NetworkPolicy, {
      namespace,
    });
    const behind = await podsBehind(cluster, target.host);
    const blockedBy = blockingPolicy(
      items,
      { namespace, labels },
      target,
      behind,
    );
    if (blockedBy === undefined) return [];
    const address = `${target.host}:${target.port}`;
    return [
      evidenceOf(
        'state',
        blockedBy,
        `The NetworkPolicy ${blockedBy} selects the pod, and no rule lets it reach ${address}`,
        { facts: { blockedBy, address, host: target.host } },
      ),
    ];
  } catch {
    return [];
  }
}

async function podsBehind(cluster: Cluster, host: string): Promise<Behind[]> {
  const pods = await cluster.list<Pod>(kinds.Pod, {
    fieldSelector: `status.podIP=${host}`,
  });
  const found =
    pods.items.length > 0 ? pods.items : await ofService(cluster, host);
  return Promise.all(
    found.map(async ({ metadata }) => {
      const { namespace = '', labels = {} } = metadata;
      const space = await cluster.get({ ...kinds.Namespace, name: namespace });
      return { namespace, pod: labels, space: space?.metadata.labels ?? {} };
    }),
  );
}

async function ofService(cluster: Cluster, host: string): Promise<Pod[]> {
  const { items } = await cluster.list<V1Service & ClusterObject>(
    kinds.Service,
  );
  const service = items.find(({ spec }) => spec?.clusterIP === host);
  const selector = service?.spec?.selector;
  if (!service || !selector) return [];
  const { namespace } = service.metadata;
  const pods = await cluster.list<Pod>(kinds.Pod, { namespace });
  return pods.items.filter(({ metadata }) =>
    selects({ matchLabels: selector }, metadata.labels ?? {}),
  );
}
