import type { RawCheck } from '@slipway/backstage-plugin-workspaces-node';
import { evidenceOf } from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, ClusterObject, kinds } from '../client';
import { nodeAddress } from '../endpoints/nodeAddress';
import { obstacleOf } from '../endpoints/obstacles';
import type { EndpointSettings } from '../endpoints/settings';
import { clusterFailure, textOf } from '../failures';
import type { Isolation } from '../isolation';
import { NodeTrust, nodeTrustChecks } from '../trust';

type Outcome = Pick<
  RawCheck,
  'state' | 'message' | 'fix' | 'fixedBy' | 'evidence'
>;

/** The first with all that is used here in its stable form. */
const MINIMUM_MINOR = 30;

/** What an engine may do in a cluster, as far as it needs it. */
const NEEDED = [
  { verb: 'create', group: '', resource: 'namespaces' },
  { verb: 'delete', group: '', resource: 'namespaces' },
  { verb: 'patch', group: 'apps', resource: 'deployments' },
  { verb: 'patch', group: 'apps', resource: 'statefulsets' },
  { verb: 'patch', group: 'batch', resource: 'jobs' },
  { verb: 'patch', group: 'networking.k8s.io', resource: 'networkpolicies' },
  { verb: 'patch', group: '', resource: 'services' },
  { verb: 'patch', group: '', resource: 'secrets' },
  { verb: 'watch', group: 'apps', resource: 'deployments' },
  { verb: 'watch', group: 'apps', resource: 'statefulsets' },
  { verb: 'watch', group: 'batch', resource: 'jobs' },
  { verb: 'watch', group: 'discovery.k8s.io', resource: 'endpointslices' },
  { verb: 'watch', group: '', resource: 'pods' },
  { verb: 'watch', group: '', resource: 'limitranges' },
  { verb: 'watch', group: '', resource: 'services' },
  { verb: 'watch', group: '', resource: 'persistentvolumeclaims' },
  { verb: 'watch', group: '', resource: 'events' },
  { verb: 'watch', group: 'networking.k8s.io', resource: 'networkpolicies' },
  { verb: 'get', group: '', resource: 'pods', subresource: 'log' },
  { verb: 'get', group: '', resource: 'pods', subresource: 'proxy' },
  {
    verb: 'patch',
    group: '',
    resource: 'pods',
    subresource: 'ephemeralcontainers',
  },
];

interface Right {
  verb: string;
  group: string;
  /** With its subresource, as a Role names it. */
  resource: string;
}

/** What must hold of a cluster before a run can succeed. Never throws. */
export async function* checkCluster(
  cluster: Cluster,
  id: string,
  {
    endpoints,
    isolation,
    trust,
  }: {
    endpoints: EndpointSettings;
    isolation: Isolation;
    trust?: NodeTrust;
  },
  signal: AbortSignal,
): AsyncGenerator<RawCheck> {
  const reached = reachable(cluster, signal);
  const isReached = await reached.then(({ state }) => state === 'passed');
  yield check(id, 'reachable', 'Cluster answers', () => reached);
  if (!isReached) return; // nothing below could be seen
  const isolated = isolation.check(id, signal); // the slowest of them
  yield check(id, 'permissions', 'Cluster lets the portal work', () =>
    permissions(cluster, signal),
  );
  yield check(id, 'storage', 'Cluster has volumes', () =>
    storage(cluster, signal),
  );
  yield check(id, 'endpoints', 'Cluster gives apps addresses', () =>
    addresses(cluster, endpoints, signal),
  );
  const trusted = trust && nodeTrustChecks(trust, id, signal);
  yield isolated;
  if (trusted) yield* await trusted;
}

/** A check that could not be made is unknown. */
async function check(
  engine: string,
  name: string,
  title: string,
  make: () => Promise<Outcome>,
): Promise<RawCheck> {
  const id = `${engine}-engine-${name}`;
  const at = new Date().toISOString();
  try {
    return { id, title, at, ...(await make()) };
  } catch (error) {
    return { id, title, at, state: 'unknown', message: textOf(error) };
  }
}

async function reachable(
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const version = await cluster.call<{ minor: string; gitVersion: string }>({
      method: 'GET',
      path: '/version',
      signal,
    });
    const message = `Kubernetes ${version.gitVersion}`;
    if (parseInt(version.minor, 10) >= MINIMUM_MINOR) {
      return { state: 'passed', message };
    }
    return {
      state: 'failed',
      message: `${message}; at least 1.${MINIMUM_MINOR} is needed`,
      fix: 'Update the cluster',
      fixedBy: 'operator',
    };
  } catch (error) {
    return {
      state: 'failed',
      message: textOf(error),
      evidence: clusterFailure('The cluster does not answer', error).evidence,
      fix: 'Say with workspaces.kubernetes.kubeconfig how the cluster is reached, and see that its credentials are valid',
      fixedBy: 'operator',
    };
  }
}

async function permissions(
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Outcome> {
  const lacking: Right[] = [];
  for (const { verb, group, resource, subresource } of NEEDED) {
    const review = await cluster.call<{ status: { allowed: boolean } }>({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: {
          resourceAttributes: { verb, group, resource, subresource },
        },
      },
      repeatable: true, // it makes nothing
      signal,
    });
    if (!review.status.allowed) {
      const name = [resource, subresource].filter(Boolean).join('/');
      lacking.push({ verb, group, resource: name });
    }
  }
  const missing = lacking.map(
    ({ verb, group, resource }) =>
      `${verb} ${resource}${group ? ` (${group})` : ''}`,
  );
  if (missing.length === 0) {
    return { state: 'passed', message: `${NEEDED.length} permissions` };
  }
  return {
    state: 'failed',
    message: `The portal may not: ${missing.join(', ')}`,
    evidence: [
      evidenceOf(
        'state',
        'SelfSubjectAccessReview',
        `The account of the portal may not: ${missing.join(', ')}`,
        { facts: { missingRights: missing.join(', ') } },
      ),
    ],
    fix: rightsText(lacking),
    fixedBy: 'operator',
  };
}

/** The rules that a ClusterRole of the portal's account has to get. */
function rightsText(lacking: Right[]): string {
  const rules = lacking.flatMap(({ verb, group, resource }) => [
    '- apiGroups:',
    `  - "${group}"`,
    '  resources:',
    `  - ${resource}`,
    '  verbs:',
    `  - ${verb}`,
  ]);
  return [
    "Add these rules to the ClusterRole of the portal's account, or apply rbac.yaml of the module (docs/kubernetes.md):",
    ...rules,
  ].join('\n');
}

async function storage(
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Outcome> {
  const { items } = await cluster.list<ClusterObject>(
    kinds.StorageClass,
    {},
    signal,
  );
  const usual = items.find(
    ({ metadata }) =>
      metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] ===
      'true',
  );
  if (usual) {
    const message = `StorageClass ${usual.metadata.name}`;
    return { state: 'passed', message };
  }
  const text = 'No StorageClass is the default one';
  return {
    state: 'warning',
    message: `${text}: volumes of apps and dependencies are not made`,
    evidence: [
      evidenceOf('state', 'StorageClasses', text, {
        facts: { missing: 'StorageClass' },
      }),
    ],
  };
}

async function addresses(
  cluster: Cluster,
  settings: EndpointSettings,
  signal: AbortSignal,
): Promise<Outcome> {
  if (settings.type !== 'nodePort') {
    const obstacle = await obstacleOf(cluster, settings, signal);
    if (!obstacle) return { state: 'passed', message: settings.host };
    return {
      state: 'failed',
      message: obstacle,
      fix: 'Install what is missing, or choose another way with workspaces.kubernetes.endpoints',
      fixedBy: 'operator',
    };
  }
  const address = settings.nodeAddress ?? (await nodeAddress(cluster, signal));
  if (address) {
    return { state: 'passed', message: `Ports of nodes at ${address}` };
  }
  return {
    state: 'failed',
    message: 'No node of the cluster is ready',
    fix: 'See with "kubectl describe nodes" what is wrong with them',
    fixedBy: 'operator',
  };
}
