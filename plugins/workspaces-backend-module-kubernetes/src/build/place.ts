import type { LoggerService } from '@backstage/backend-plugin-api';
import { buildNamespace } from '@slipway/backstage-plugin-workspaces-common';
import { Cluster, ClusterObject, kinds } from '../client';
import { publicAnd } from '../engine/addresses';
import { Names } from '../engine/names';
import { requireOwn } from '../engine/ownership';
import { untilQuotaCounts } from '../engine/quotaCount';
import type { OciRegistry } from '../registry';
import { registryOf } from './imageNames';
import { paths, POD_SECURITY } from './strategies';

/** Name of everything of which a build namespace has one. */
export const BUILD_PLACE = 'slipway-build';
/** Name of the secret with which builds pull and push. */
export const PUSH_SECRET = 'slipway-push';
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' };

/** What builds of one workspace may use together. Requests only: Tekton counts its own containers as well. */
const QUOTA = {
  pods: '8',
  'requests.cpu': '4',
  'requests.memory': '8Gi',
  services: '0',
  persistentvolumeclaims: '0',
};

const DNS = [
  { protocol: 'UDP', port: 53 },
  { protocol: 'TCP', port: 53 },
];

/** What the namespace of a workspace's builds is made with. */
export interface BuildPlaceOptions {
  names: Names;
  registry: OciRegistry;
  /** Where images really come from, by the names that `familiarImageName` gives them. */
  images: ReadonlyMap<string, string>;
  /** Private address ranges that steps of builds may reach, for example a mirror of packages. */
  reachable: string[];
}

/** The namespace of a workspace's builds, and what is in it before anything is built. */
export async function renderBuildPlace(
  workspace: string,
  options: BuildPlaceOptions,
): Promise<{ namespace: ClusterObject; objects: ClusterObject[] }> {
  const labels = options.names.workspace(workspace);
  const namespace = buildNamespace(workspace);
  const metadata = (name: string) => ({ name, namespace, labels });
  const { registry } = options;
  return {
    namespace: {
      ...kinds.Namespace,
      metadata: {
        name: namespace,
        labels: {
          ...labels,
          'pod-security.kubernetes.io/enforce': POD_SECURITY,
          'pod-security.kubernetes.io/enforce-version': 'latest',
        },
      },
    },
    objects: [
      {
        ...kinds.ResourceQuota,
        metadata: metadata(BUILD_PLACE),
        spec: { hard: QUOTA },
      },
      {
        ...kinds.LimitRange,
        metadata: metadata(BUILD_PLACE),
        spec: {
          limits: [
            {
              type: 'Container', // Tekton's own say nothing of what they need
              defaultRequest: { cpu: '10m', memory: '32Mi' },
            },
          ],
        },
      },
      {
        ...kinds.Secret,
        metadata: metadata(PUSH_SECRET),
        type: 'kubernetes.io/dockerconfigjson',
        data: {
          '.dockerconfigjson': Buffer.from(registry.dockerConfig()).toString(
            'base64',
          ),
        },
      },
      {
        ...kinds.ServiceAccount,
        metadata: metadata(BUILD_PLACE),
        automountServiceAccountToken: false,
        imagePullSecrets: [{ name: PUSH_SECRET }],
      },
      {
        ...CONFIG_MAP,
        metadata: metadata(BUILD_PLACE),
        data: await renderTrust(registry),
      },
      {
        ...kinds.NetworkPolicy,
        metadata: metadata(BUILD_PLACE),
        spec: renderNetwork(options),
      },
    ],
  };
}

/** How builders speak to the registry: a file for BuildKit, and one for buildah. */
async function renderTrust(
  registry: OciRegistry,
): Promise<Record<string, string>> {
  const { address, isPlain } = registry;
  const authority = await registry.authority();
  const forBuildkit = [
    `[registry."${address}"]`,
    ...(authority ? [`  ca = ["${paths.trust}/ca.crt"]`] : []),
    ...(isPlain ? ['  http = true'] : []),
  ];
  const forBuildah = [
    'unqualified-search-registries = ["docker.io"]',
    '[[registry]]',
    `location = "${address}"`,
    ...(isPlain ? ['insecure = true'] : []),
  ];
  return {
    'buildkitd.toml': `${forBuildkit.join('\n')}\n`,
    'registries.conf': `${forBuildah.join('\n')}\n`,
    ...(authority ? { 'ca.crt': authority } : {}),
  };
}

/**
 * Nothing comes in. Out go names, what is public, and the ports of registries wherever they are; a step of a
 * Dockerfile does not reach the apps of other workspaces.
 */
function renderNetwork({ registry, images, reachable }: BuildPlaceOptions) {
  const mirrors = [...images.values()].map(registryOf);
  const ports = [registry.address, ...mirrors].map(portOf);
  return {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [],
    egress: [
      { ports: DNS },
      { to: publicAnd(reachable) },
      // Wherever they are, be it at an address of the new kind. Where a cloud gives away its machines' own rights,
      // 169.254.169.254, it is port 80, on which no registry should be.
      {
        ports: [...new Set(ports)].map(port => ({ protocol: 'TCP', port })),
      },
    ],
  };
}

function portOf(registry: string): number {
  return Number(registry.split(':')[1] ?? 443);
}

/**
 * Makes the namespace of a workspace's builds, or makes it so again. A namespace of that name that belongs to
 * somebody else is left alone.
 */
export async function ensureBuildPlace(
  cluster: Cluster,
  workspace: string,
  options: BuildPlaceOptions,
  { logger, signal }: { logger: LoggerService; signal: AbortSignal },
): Promise<void> {
  const { namespace, objects } = await renderBuildPlace(workspace, options);
  const { name = '' } = namespace.metadata;
  const found = await cluster.get({ ...kinds.Namespace, name }, signal);
  requireOwn(found, namespace);
  await cluster.apply(namespace, { signal });
  if (!found) cluster.noteMade(name);
  for (const object of objects) await cluster.apply(object, { signal });
  await untilQuotaCounts(cluster, name, { logger, signal });
}
