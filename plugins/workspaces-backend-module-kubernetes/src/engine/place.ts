import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspaceSize } from '@slipway/backstage-plugin-workspaces-common';
import type { DesiredWorkspace } from '@slipway/backstage-plugin-workspaces-node';
import { ClusterObject, kinds } from '../client';
import { noted } from '../drift/applied';
import { publicAnd } from './addresses';
import { Names, PLACE, PULL_SECRET } from './names';

/** How much all of a workspace may use, and what a container gets that does not say. */
export interface SizeLimits {
  cpuCores: number;
  memoryMiB: number;
  pods: number;
  volumes: number;
  /** Of a volume that names no size of its own. */
  volumeGiB: number;
}

/** What a workspace's place is made with, from the configuration. */
export interface PlaceOptions {
  names: Names;
  sizes: Record<WorkspaceSize, SizeLimits>;
  /** Address ranges that apps may reach besides the public ones. */
  reachable: string[];
  /** Content of the pull secret; without it images are pulled by what nodes know. */
  pullSecret?: string;
}

/** Room for a release beside the one that runs. */
export const DEFAULT_SIZES: Record<WorkspaceSize, SizeLimits> = {
  small: {
    cpuCores: 8,
    memoryMiB: 8 * 1024,
    pods: 40,
    volumes: 10,
    volumeGiB: 1,
  },
  medium: {
    cpuCores: 16,
    memoryMiB: 16 * 1024,
    pods: 80,
    volumes: 20,
    volumeGiB: 5,
  },
  large: {
    cpuCores: 32,
    memoryMiB: 64 * 1024,
    pods: 160,
    volumes: 40,
    volumeGiB: 10,
  },
};

/** Where clusters that keep names on each node answer for them. */
const NODE_LOCAL_DNS = '169.254.20.10/32';

/** Which apps a workspace ever had: what is built for them is removed with it. */
export const APPS_ANNOTATION = 'slipway.dev/apps';

/**
 * Which apps run as the superuser, separated by commas: an exception that an operator makes with kubectl on the
 * namespace, and that everybody sees there. It gets the standard `baseline` for it, as there is none for one app.
 */
export const ROOT_ANNOTATION = 'slipway.dev/runs-as-root';

/** The namespace of a workspace. */
export function renderNamespace(
  desired: DesiredWorkspace,
  { names }: PlaceOptions,
  { apps, root }: { apps: string[]; root: string[] },
): ClusterObject {
  return noted({
    ...kinds.Namespace,
    metadata: {
      name: desired.name,
      labels: {
        ...names.workspace(desired.name),
        'pod-security.kubernetes.io/enforce':
          root.length > 0 ? 'baseline' : 'restricted',
        'pod-security.kubernetes.io/enforce-version': 'latest',
      },
      annotations: {
        'slipway.dev/workspace-id': desired.id,
        'slipway.dev/owner': desired.owner,
        [APPS_ANNOTATION]: apps.join(','),
      },
    },
  });
}

/** Everything that stands in a workspace before anything runs there. The quota comes first: it takes a moment to count. */
export function renderPlace(
  desired: DesiredWorkspace,
  options: PlaceOptions,
): ClusterObject[] {
  const metadata = (name: string) => ({
    name,
    namespace: desired.name,
    labels: options.names.workspace(desired.name),
  });
  const limits = options.sizes[desired.size];
  return [
    noted({
      ...kinds.ResourceQuota,
      metadata: metadata(PLACE),
      spec: {
        hard: {
          'limits.cpu': String(limits.cpuCores),
          'limits.memory': `${limits.memoryMiB}Mi`,
          pods: String(limits.pods),
          persistentvolumeclaims: String(limits.volumes),
          'services.loadbalancers': '0',
        },
      },
    }),
    noted({
      ...kinds.LimitRange,
      metadata: metadata(PLACE),
      spec: {
        limits: [
          {
            type: 'Container',
            default: { cpu: '500m', memory: '256Mi' },
            defaultRequest: { cpu: '50m', memory: '64Mi' },
          },
        ],
      },
    }),
    ...(options.pullSecret
      ? [
          {
            ...kinds.Secret,
            metadata: metadata(PULL_SECRET),
            type: 'kubernetes.io/dockerconfigjson',
            data: {
              '.dockerconfigjson': Buffer.from(options.pullSecret).toString(
                'base64',
              ),
            },
          },
        ]
      : []),
    {
      ...kinds.ServiceAccount,
      metadata: metadata(PLACE),
      automountServiceAccountToken: false,
      ...(options.pullSecret
        ? { imagePullSecrets: [{ name: PULL_SECRET }] }
        : {}),
    },
    noted({
      ...kinds.NetworkPolicy,
      metadata: metadata(`${PLACE}-outside`),
      spec: renderWaysOut(options.reachable),
    }),
    // After the ways out, or what runs would lose them for a moment.
    noted({
      ...kinds.NetworkPolicy,
      metadata: metadata(PLACE),
      spec: renderClosed(),
    }),
  ];
}

/** Apps and their jobs. */
const APPS = {
  matchExpressions: [{ key: labels.app, operator: 'Exists' }],
};

/** All pods: closed but for the apps of the workspace, which reach each other and its dependencies. */
function renderClosed() {
  return {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [{ podSelector: APPS }] }],
    egress: [],
  };
}

/** Where apps and their jobs get: to all of the workspace, the cluster's names, and what is public. Dependencies get nowhere. */
function renderWaysOut(reachable: string[]) {
  const dns = [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ];
  return {
    podSelector: APPS,
    policyTypes: ['Egress'],
    egress: [
      { to: [{ podSelector: {} }] },
      {
        to: [
          {
            namespaceSelector: {
              matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' },
            },
            podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
          },
          { ipBlock: { cidr: NODE_LOCAL_DNS } },
        ],
        ports: dns,
      },
      { to: publicAnd(reachable) },
    ],
  };
}
