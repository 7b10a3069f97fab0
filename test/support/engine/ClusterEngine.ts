import {
  buildNamespace,
  imageRepository,
  labels,
} from '@slipway/backstage-plugin-workspaces-common';
import { Kubectl, type KubernetesObject } from './Kubectl';
import { Registry } from './Registry';
import type { Container, Item, Recording, TestEngine } from './TestEngine';
import type { TestCluster } from './testCluster';

/** Leads people to an app. Addresses are taken back before the rest is removed, so that no receipt names it. */
const ADDRESS = /^slipway-public-/;
/** Kinds that a receipt names one by one; the others go with the namespace. */
const RECEIPTED = [
  ...['Namespace', 'Deployment', 'StatefulSet', 'Job', 'Service'],
  'PersistentVolumeClaim',
];
const KINDS = [
  ...['deployments', 'statefulsets', 'jobs', 'services', 'secrets'],
  ...['persistentvolumeclaims', 'networkpolicies', 'resourcequotas'],
  ...['limitranges', 'serviceaccounts', 'configmaps', 'taskruns'],
].join(',');
/** Names of jobs and of builds end with a hash of the run that they belong to. */
const WORK = /\b[0-9a-f]{16}\b/;
const HELPER = 'spec.ephemeralContainers';
/** What Deployments and Jobs add to the names of their pods. */
const SUFFIX = /(-[bcdf-hj-np-tv-xz2-9]{8,10})?-[bcdf-hj-np-tv-xz2-9]{5}$/;

/** The cluster and registry that `npm run test:cluster` names in SLIPWAY_TEST_CLUSTER, seen by kubectl. */
export class ClusterEngine implements TestEngine {
  readonly hasGateway = false;
  readonly #cluster: TestCluster;
  readonly #instance: string;
  readonly #kubectl: Kubectl;
  readonly #registry: Registry;

  constructor(cluster: TestCluster, instance: string) {
    this.#cluster = cluster;
    this.#instance = instance;
    this.#kubectl = new Kubectl(cluster);
    this.#registry = new Registry(cluster.registry);
  }

  get configuration() {
    const { portalKubeconfig, registry, images, baseImages } = this.#cluster;
    const { address, authority, user, password } = registry;
    return {
      local: { enabled: false },
      kubernetes: {
        instance: this.#instance,
        kubeconfig: portalKubeconfig,
        registry: { address, username: user, password, caFile: authority },
        builds: { images: { buildkit: images.buildkit } },
      },
      images: { ...baseImages, 'busybox:1.35': images.busybox },
    };
  }

  async inventory(workspace: string): Promise<Item[]> {
    const selector = `--selector=${this.#selector(workspace)}`;
    const objects = [
      ...(await this.#kubectl.list('namespaces', selector)),
      ...(await this.#kubectl.list(KINDS, selector, '--all-namespaces')),
    ];
    const prefix = imageRepository(workspace, '');
    const images = await this.#registry.images(prefix);
    return [
      ...objects.map(({ kind, metadata: { name } }) => {
        const own = name.replace(workspace, '<workspace>');
        const role = `${kind} ${own.replace(WORK, '<work>')}`;
        return {
          kind,
          name,
          role,
          receipted: RECEIPTED.includes(kind) && !ADDRESS.test(name),
        };
      }),
      ...images.map(name => ({
        kind: 'image',
        name,
        role: `image ${name.replace(workspace, '<workspace>')}`,
        receipted: false, // builds leave bundles and caches beside the images of apps
      })),
    ].sort((one, other) => one.role.localeCompare(other.role));
  }

  async containers(workspace: string): Promise<Container[]> {
    return (await this.#pods(workspace))
      .map(({ metadata, status }) => {
        const { name, uid, labels: found = {} } = metadata;
        const [container] = status?.containerStatuses ?? [];
        return {
          name,
          id: uid,
          hostname: name,
          app: found[labels.app],
          release: Number(found[labels.release]) || undefined,
          dependency: found[labels.dependency],
          isJob: labels.work in found,
          startedAt: container?.state?.running?.startedAt ?? '',
          image: container?.imageID ?? '',
        };
      })
      .sort((one, other) => one.name.localeCompare(other.name));
  }

  /** As the kubelet puts it together: from secrets, then what the pod itself says. */
  async environment({ id }: Container): Promise<Set<string>> {
    const pod = (await this.#pods()).find(
      ({ metadata }) => metadata.uid === id,
    );
    if (!pod) throw new Error(`There is no pod ${id}`);
    const { namespace = '' } = pod.metadata;
    const [{ env = [], envFrom = [] }] = pod.spec?.containers ?? [];
    const variables = new Map<string, string>();
    for (const { secretRef } of envFrom) {
      const data = await this.#secret(namespace, secretRef.name);
      Object.entries(data).forEach(([name, value]) =>
        variables.set(name, value),
      );
    }
    for (const { name, value, valueFrom } of env) {
      const reference = valueFrom?.secretKeyRef;
      const data = reference && (await this.#secret(namespace, reference.name));
      variables.set(name, data?.[reference?.key ?? ''] ?? value ?? '');
    }
    return new Set([...variables].map(pair => pair.join('=')));
  }

  async has(container: Container, path: string): Promise<boolean> {
    const pod = (await this.#pods()).find(
      ({ metadata }) => metadata.uid === container.id,
    );
    if (!pod) throw new Error(`There is no pod ${container.name}`);
    const { code, stderr } = await this.#kubectl.try(
      ...['exec', container.name, `--namespace=${pod.metadata.namespace}`],
      ...['--', 'test', '-e', path],
    );
    if (code > 1) throw new Error(stderr);
    return code === 0;
  }

  async stop(workspace: string, dependency: string) {
    const scale = async (replicas: number) => {
      await this.#kubectl.run(
        ...['scale', `statefulset/${dependency}`, `--namespace=${workspace}`],
        ...[`--replicas=${replicas}`],
      );
      await this.#kubectl.run(
        ...['rollout', 'status', `statefulset/${dependency}`],
        ...[`--namespace=${workspace}`, '--timeout=60s'],
      );
    };
    await scale(0);
    return () => scale(1);
  }

  /** The cluster keeps events for an hour, as long as the namespace is there: of every container that its node made. */
  async record(): Promise<Recording> {
    return {
      portal: {},
      made: async workspace => {
        const namespaces = [workspace, buildNamespace(workspace)];
        const events = await Promise.all(
          namespaces.map(namespace =>
            this.#kubectl.list(
              ...['events', `--namespace=${namespace}`],
              '--field-selector=reason=Created,involvedObject.kind=Pod',
            ),
          ),
        );
        return (
          events
            .flat()
            // Those look at an app that is slow to answer, and how slow it is differs.
            .filter(
              event => !event.involvedObject?.fieldPath?.startsWith(HELPER),
            )
            .flatMap(({ involvedObject, count = 1 }) => {
              const { namespace = '', name = '', fieldPath } = involvedObject!;
              const pod = name.replace(WORK, '<work>').replace(SUFFIX, '');
              const place = namespace.replace(workspace, '<workspace>');
              return Array(count).fill(`${place} ${pod} ${fieldPath}`);
            })
            .sort()
        );
      },
      end: async () => {},
    };
  }

  async removeAll(): Promise<void> {
    const selector = `--selector=${this.#selector()}`;
    const namespaces = await this.#kubectl.list('namespaces', selector);
    await this.#kubectl.run('delete', 'namespaces', selector, '--wait');
    const workspaces = namespaces.map(
      ({ metadata }) => metadata.labels?.[labels.workspace] ?? '',
    );
    for (const workspace of new Set(workspaces))
      await this.#registry.remove(imageRepository(workspace, ''));
  }

  #selector(workspace?: string): string {
    const instance = `${labels.instance}=${this.#instance}`;
    return workspace
      ? `${instance},${labels.workspace}=${workspace}`
      : instance;
  }

  /** Those of workspaces, not of builds, without those that are about to go. */
  async #pods(workspace?: string): Promise<KubernetesObject[]> {
    const pods = await this.#kubectl.list(
      ...['pods', `--selector=${this.#selector(workspace)}`],
      workspace ? `--namespace=${workspace}` : '--all-namespaces',
    );
    return pods.filter(({ metadata }) => !metadata.deletionTimestamp);
  }

  async #secret(
    namespace: string,
    name: string,
  ): Promise<Record<string, string>> {
    const secret = await this.#kubectl.get('secret', name, namespace);
    return Object.fromEntries(
      Object.entries(secret.data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, 'base64').toString(),
      ]),
    );
  }
}
