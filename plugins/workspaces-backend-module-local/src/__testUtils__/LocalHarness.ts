import { createHash, randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { mockServices } from '@backstage/backend-test-utils';
import {
  imageRepository,
  labels,
} from '@slipway/backstage-plugin-workspaces-common';
import type { EngineHarness } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { LocalBuilder } from '../build/LocalBuilder';
import { EngineConnection } from '../connection';
import { engineText } from '../failures';
import { Images } from '../images';
import { LocalEngine } from '../LocalEngine';
import { findEngine } from '../location';

const PREFIX = 'contract-';
const MINUTE = 60_000;
/** What a test that was killed left behind goes with a later one, but not what another runs right now. */
const LEFT_BEHIND_AFTER = 60 * MINUTE;

/** The name says when the instance began: an image is as old as the cached layers that it was built of. */
function newInstance(): string {
  const minutes = Math.floor(Date.now() / MINUTE);
  return `${PREFIX}${minutes.toString(36)}-${randomBytes(3).toString('hex')}`;
}

function isLeftBehind(instance: string): boolean {
  const [minutes] = instance.slice(PREFIX.length).split('-');
  const age = Date.now() - parseInt(minutes, 36) * MINUTE;
  return instance.startsWith(PREFIX) && age >= LEFT_BEHIND_AFTER;
}

/** The contract's tests on the container engine of this machine, under an instance of their own. */
export class LocalHarness implements EngineHarness {
  readonly instance = newInstance();
  readonly missingImage = `sha256:${'0'.repeat(64)}`;
  readonly dependencyImages = { postgres: 'postgres:15', redis: 'redis:7' };
  #connection: EngineConnection | undefined;
  #builds = 0;

  async start(): Promise<void> {
    const location = await findEngine({
      environment: process.env,
      homeDirectory: homedir(),
    });
    this.#connection = new EngineConnection(location);
    try {
      await this.#connection.requireUsable();
    } catch (error) {
      throw new Error(
        `These tests need a container engine. ${engineText(error)} (${
          location.url
        }, by ${location.foundBy})`,
      );
    }
    await this.#removeAll(isLeftBehind);
  }

  async stop(): Promise<void> {
    if (!this.#connection) return;
    await this.#removeAll(instance => instance === this.instance);
  }

  get docker(): Docker {
    return this.connection.docker;
  }

  get connection(): EngineConnection {
    if (!this.#connection) throw new Error('The harness has not started');
    return this.#connection;
  }

  /** By another way to the same container engine if one is named. */
  createEngine(
    options: { url?: string; readinessTimeout?: number } = {},
  ): LocalEngine {
    const { url, readinessTimeout = 30_000 } = options;
    const connection =
      url === undefined
        ? this.connection
        : new EngineConnection({ url, foundBy: 'the test' });
    return new LocalEngine({
      connection,
      images: new Images(connection.docker, {}),
      instance: this.instance,
      readinessTimeout,
    });
  }

  async buildImage(request: {
    workspace: string;
    app: string;
    files: Record<string, string>;
  }): Promise<string> {
    const { workspace, app, files } = request;
    const archive = pack();
    for (const [name, content] of Object.entries(files)) {
      archive.entry({ name }, content);
    }
    archive.finalize();
    const bundle = await buffer(archive);
    const logger = mockServices.logger.mock();
    const builder = new LocalBuilder({
      docker: this.docker,
      images: new Images(this.docker, {}),
      instance: this.instance,
      logger,
    });
    this.#builds += 1;
    const events = builder.build(
      {
        workspace,
        app,
        repository: imageRepository(workspace, app),
        bundle: () => Readable.from(bundle),
        bundleDigest: createHash('sha256').update(bundle).digest('hex'),
        dockerfile: 'Dockerfile',
        baseImages: [],
        arguments: [],
        secrets: [],
        noCache: false,
      },
      {
        signal: new AbortController().signal,
        logger,
        key: {
          workspace,
          run: `build-${this.#builds}`,
          stage: 'build',
          app,
          attempt: 1,
        },
        secrets: {
          resolve: async () => '',
          version: async () => '',
        },
      },
    );
    for await (const event of events) {
      if (event.type === 'image') return event.image;
    }
    throw new Error(`The image of ${workspace} was not built`);
  }

  async inventory(workspace: string): Promise<string[]> {
    const filters = {
      label: [
        `${labels.instance}=${this.instance}`,
        `${labels.workspace}=${workspace}`,
      ],
    };
    const containers = await this.docker.listContainers({ all: true, filters });
    const networks = await this.docker.listNetworks({ filters });
    const { Volumes: volumes } = await this.docker.listVolumes({ filters });
    const images = await this.docker.listImages({
      filters: JSON.stringify(filters),
    });
    return [
      ...containers.map(({ Names, Id }) => `container ${Names[0]} ${Id}`),
      ...networks.map(({ Name, Id }) => `network ${Name} ${Id}`),
      ...volumes.map(volume => `volume ${volume.Name} ${createdAt(volume)}`),
      ...images.map(({ Id }) => `image ${Id}`),
    ].sort();
  }

  async kill(replica: string): Promise<void> {
    const container = this.docker.getContainer(replica);
    const ended = container.wait();
    await container.kill();
    await ended;
  }

  async #removeAll(concerns: (instance: string) => boolean): Promise<void> {
    const { docker } = this;
    const filters = { label: [labels.instance] };
    const isConcerned = (object: { Labels?: Record<string, string> }) =>
      concerns(object.Labels?.[labels.instance] ?? '');
    const containers = await docker.listContainers({ all: true, filters });
    for (const { Id } of containers.filter(isConcerned)) {
      await docker.getContainer(Id).remove({ force: true, v: true });
    }
    const networks = await docker.listNetworks({ filters });
    for (const { Id } of networks.filter(isConcerned)) {
      await docker.getNetwork(Id).remove();
    }
    const { Volumes: volumes } = await docker.listVolumes({ filters });
    for (const { Name } of volumes.filter(isConcerned)) {
      await docker.getVolume(Name).remove();
    }
    const images = await docker.listImages({
      filters: JSON.stringify(filters),
    });
    for (const { Id } of images.filter(isConcerned)) {
      await docker.getImage(Id).remove({ force: true });
    }
  }
}

/** The engine gives it, its types do not know it. */
function createdAt(volume: object): string {
  return 'CreatedAt' in volume ? String(volume.CreatedAt) : '';
}
