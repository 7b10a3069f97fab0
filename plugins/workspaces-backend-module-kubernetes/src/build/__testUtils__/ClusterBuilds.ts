import { randomBytes } from 'node:crypto';
import { mockServices } from '@backstage/backend-test-utils';
import { buildNamespace } from '@slipway/backstage-plugin-workspaces-common';
import type { BuildRequest } from '@slipway/backstage-plugin-workspaces-node';
import { PortalAccount } from '../../__testUtils__/PortalAccount';
import { testCluster } from '../../__testUtils__/testCluster';
import { Cluster, kinds } from '../../client';
import { Names } from '../../engine/names';
import { OciRegistry } from '../../registry';
import { BuilderSettings, buildersOf } from '../choice';
import { cacheRepository } from '../imageNames';
import { BuilderName, BUILDERS } from '../strategies';
import type { BuildResources } from '../taskRun';
import { TektonBuilder } from '../TektonBuilder';
import { pushBusybox } from './baseImage';
import { requestOf } from './requests';

const access = testCluster();

/** Tests of each builder. Of one whose image the cluster lacks it is said, and they are skipped. */
export function describeBuilders(tests: (builder: BuilderName) => void): void {
  const there = BUILDERS.filter(builder => access.images[builder]);
  const missing = BUILDERS.filter(builder => !access.images[builder]);
  describe.each(there)('%s', builder => {
    tests(builder);
  });
  if (missing.length === 0) return;
  // eslint-disable-next-line jest/no-disabled-tests -- their names say what they need
  describe.skip.each(missing)(
    '%s, which needs "npm run cluster:up -- --builders" or its image in SLIPWAY_TEST_IMAGES',
    builder => {
      tests(builder);
    },
  );
}

/** Builds of one workspace in the cluster of the tests, with a base image `busybox` that the image map knows. */
export class ClusterBuilds {
  readonly id = randomBytes(4).toString('hex');
  readonly workspace = `ws-build-${this.id}`;
  readonly namespace = buildNamespace(this.workspace);
  readonly address = access.registry.address;
  /** The administrator's. */
  readonly cluster = Cluster.open({ kubeconfig: access.kubeconfig });
  readonly #portal = new PortalAccount(access.kubeconfig);
  readonly registry = new OciRegistry(ClusterBuilds.registrySettings());
  readonly #builder: BuilderName;
  readonly images = {
    busybox: `${this.address}/test/${this.id}:latest`,
    'docker.io/library/gone:1': `${this.address}/test/gone:1`,
  };

  /** @param builder - Which one builds, if the cluster has its image. */
  constructor(builder: BuilderName = 'buildkit') {
    this.#builder = builder;
  }

  static registrySettings() {
    const { address, authority, user, password } = access.registry;
    return { address, username: user, password, caFile: authority };
  }

  async begin(): Promise<void> {
    await this.#portal.begin();
    await pushBusybox(this.registry, `test/${this.id}`);
  }

  /** Removes all that was made. */
  async end(): Promise<void> {
    const { registry, cluster, namespace } = this;
    await cluster.delete({ ...kinds.Namespace, name: namespace });
    const repository = `slipway/${this.workspace}/web`;
    for (const each of [repository, cacheRepository(repository)])
      for (const tag of await registry.tags(each))
        await registry.delete(registry.reference(`${each}:${tag}`));
    await registry.delete(registry.reference(`test/${this.id}:latest`));
    await registry.close();
    await this.#portal.end();
    await cluster.close();
  }

  builder(
    given: {
      registry?: OciRegistry;
      builders?: BuilderSettings;
      instance?: string;
      resources?: BuildResources;
    } = {},
  ): TektonBuilder {
    return new TektonBuilder({
      cluster: this.#portal.cluster,
      registry: this.registry,
      names: new Names(given.instance ?? `test-${this.id}`),
      builders: {
        wanted: this.#builder,
        builders: buildersOf(access.images),
      },
      images: this.images,
      reachable: [],
      logger: mockServices.logger.mock(),
      ...given,
    });
  }

  /** A request to build an app whose base image is busybox. */
  request(
    files: Record<string, string>,
    more: Partial<BuildRequest> = {},
  ): Promise<BuildRequest> {
    return requestOf(this.workspace, files, {
      baseImages: ['busybox'],
      ...more,
    });
  }

  /** A build that says `begun`, takes its time and says `over`; no other test has it in its cache. */
  slowRequest(seconds: number): Promise<BuildRequest> {
    return this.request({
      Dockerfile: `FROM busybox\nRUN echo begun; sleep ${seconds}; echo over\n`,
      'file.txt': this.id,
    });
  }
}
