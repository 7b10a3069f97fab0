import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  copyFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mockServices } from '@backstage/backend-test-utils';
import {
  labels,
  imageRepository,
} from '@slipway/backstage-plugin-workspaces-common';
import type { EngineHarness } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { Cluster, Pod, kinds, labelSelector } from '../client';
import type { EndpointSettings } from '../endpoints/settings';
import { WorkspaceImages } from '../engine/images';
import { DEFAULT_SIZES, PlaceOptions } from '../engine/place';
import { USUAL_PATIENCE } from '../engine/verdict';
import { KubernetesEngine } from '../KubernetesEngine';
import { OciRegistry, parseReference } from '../registry';
import { PortalAccount } from './PortalAccount';
import { assembleImage } from './sampleImage';
import {
  TestCluster,
  openTestCluster,
  testCluster,
  testKubeconfig,
} from './testCluster';

const run = promisify(execFile);

/** Repository of the base images in the registry of the tests. */
const BASE = 'base';
const BASE_IMAGES = ['node:22-slim', 'postgres:15', 'redis:7'];
/** Everything of a workspace that the engine makes, and pods. */
const INVENTORY = [
  kinds.Pod,
  kinds.Deployment,
  kinds.StatefulSet,
  kinds.Job,
  kinds.Service,
  kinds.Secret,
  kinds.PersistentVolumeClaim,
  kinds.NetworkPolicy,
  kinds.ResourceQuota,
  kinds.LimitRange,
  kinds.ServiceAccount,
];

/**
 * The contract's tests in the cluster that the environment names, under an instance of their own. Engines work with the
 * rights that rbac.yaml gives a portal; what the tests themselves look at and do, an administrator does.
 */
export class KubernetesHarness implements EngineHarness {
  readonly instance = `contract-${randomBytes(4).toString('hex')}`;
  #given: TestCluster | undefined;
  #cluster: Cluster | undefined;
  #portal: PortalAccount | undefined;
  #registry: OciRegistry | undefined;

  async start(): Promise<void> {
    const given = testCluster();
    this.#given = given;
    this.#cluster = openTestCluster();
    await this.#cluster.call({ method: 'GET', path: '/version' });
    this.#portal = new PortalAccount(testKubeconfig());
    await this.#portal.begin();
    const { address, authority, user, password } = given.registry;
    this.#registry = new OciRegistry({
      address,
      username: user,
      password,
      caFile: authority,
    });
    for (const image of BASE_IMAGES) await this.#ensureBase(image);
  }

  async stop(): Promise<void> {
    if (this.#cluster) {
      const { items } = await this.#cluster.list(kinds.Namespace, {
        labelSelector: labelSelector({ [labels.instance]: this.instance }),
      });
      for (const { metadata } of items) {
        const name = metadata.name ?? '';
        await this.#cluster.delete({ ...kinds.Namespace, name });
      }
    }
    await this.#portal?.end();
    await this.#cluster?.close();
    await this.#registry?.close();
  }

  /** The administrator's. */
  get cluster(): Cluster {
    if (!this.#cluster) throw new Error('The harness has not started');
    return this.#cluster;
  }

  get portal(): PortalAccount {
    if (!this.#portal) throw new Error('The harness has not started');
    return this.#portal;
  }

  get registry(): OciRegistry {
    if (!this.#registry) throw new Error('The harness has not started');
    return this.#registry;
  }

  get given(): TestCluster {
    return (this.#given ??= testCluster());
  }

  get missingImage(): string {
    const { address } = this.given.registry;
    return `${address}/slipway/nowhere@sha256:${'0'.repeat(64)}`;
  }

  get dependencyImages() {
    return {
      postgres: this.#base('postgres:15'),
      redis: this.#base('redis:7'),
    };
  }

  createEngine(
    options: {
      cluster?: Cluster;
      endpoints?: EndpointSettings;
      sizes?: PlaceOptions['sizes'];
      helperImage?: string;
      readinessTimeout?: number;
      removalTimeout?: number;
      patience?: number;
      storageClass?: string;
    } = {},
  ): KubernetesEngine {
    const { busybox } = this.given.images;
    return new KubernetesEngine({
      id: 'kubernetes',
      cluster: options.cluster ?? this.portal.cluster,
      instance: this.instance,
      place: {
        sizes: options.sizes ?? DEFAULT_SIZES,
        reachable: [],
        pullSecret: this.registry.dockerConfig(),
      },
      endpoints: options.endpoints ?? { type: 'nodePort' },
      images: new WorkspaceImages(this.registry),
      helperImage: options.helperImage ?? busybox,
      storageClass: options.storageClass,
      timeouts: {
        start: 60_000,
        readiness: options.readinessTimeout ?? 30_000,
        removal: options.removalTimeout ?? 60_000,
        patience: options.patience ?? USUAL_PATIENCE,
      },
      logger: mockServices.logger.mock(),
    });
  }

  async buildImage(request: {
    workspace: string;
    app: string;
    files: Record<string, string>;
  }): Promise<string> {
    return assembleImage(this.registry, this.#base('node:22-slim'), request);
  }

  async inventory(workspace: string): Promise<string[]> {
    const found: string[] = [];
    const space = await this.cluster.get({
      ...kinds.Namespace,
      name: workspace,
    });
    if (space?.metadata.labels?.[labels.instance] === this.instance) {
      found.push(`Namespace ${workspace} ${space.metadata.uid}`);
      for (const kind of INVENTORY) {
        const { items } = await this.cluster.list(kind, {
          namespace: workspace,
          labelSelector: labelSelector({ [labels.instance]: this.instance }),
        });
        for (const { metadata } of items) {
          if (metadata.deletionTimestamp) continue;
          found.push(`${kind.kind} ${metadata.name} ${metadata.uid}`);
        }
      }
    }
    const repository = imageRepository(workspace, 'sample');
    for (const tag of await this.registry.tags(repository)) {
      const reference = { registry: this.registry.address, repository, tag };
      found.push(`image ${await this.registry.digest(reference)}`);
    }
    return found.sort();
  }

  /** For good: whatever takes its place is another replica. */
  async kill(replica: string): Promise<void> {
    const { items } = await this.cluster.list<Pod>(kinds.Pod, {
      labelSelector: labelSelector({ [labels.instance]: this.instance }),
      fieldSelector: `metadata.name=${replica}`,
    });
    for (const { metadata } of items) {
      const { namespace, name = '' } = metadata;
      await this.cluster.delete({ ...kinds.Pod, namespace, name });
    }
  }

  #base(image: string): string {
    return `${this.given.registry.address}/${BASE}/${image}`;
  }

  /** The base images come from the archive that the scripts make, once for each registry. */
  async #ensureBase(image: string): Promise<void> {
    const target = this.#base(image);
    if (await this.registry.digest(parseReference(target))) return;
    const { registry } = this.given;
    const folder = mkdtempSync(join(tmpdir(), 'slipway-base-'));
    try {
      const authFile = join(folder, 'auth.json');
      writeFileSync(authFile, this.registry.dockerConfig(), { mode: 0o600 });
      copyFileSync(registry.authority, join(folder, 'ca.crt'));
      await run('skopeo', [
        'copy',
        `--authfile=${authFile}`,
        `--dest-cert-dir=${folder}`,
        `docker-archive:${baseArchive()}:docker.io/library/${image}`,
        `docker://${target}`,
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

function baseArchive(): string {
  const cache = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'slipway',
  );
  const [newest] = readdirSync(cache)
    .filter(name => /^base-images-.*\.tar$/.test(name))
    .map(name => join(cache, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (!newest) {
    throw new Error(`There is no archive of base images in ${cache}`);
  }
  return newest;
}
