import type {
  DesiredApp,
  DesiredWorkspace,
  EngineContext,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  forEach,
  isReady,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { Images } from '../images';
import type { ContainerSpecification, Containers } from './containers';
import type { Networks } from './networks';
import { probe } from './probe';
import { Readiness, healthUrl, publishedPort } from './readiness';
import type { Renderer } from './rendering';
import type { Volumes } from './volumes';

/** Starting many at once is no faster. */
const REPLICAS_AT_A_TIME = 4;

/** Brings apps up beside the releases that run, and gives a release the name of its app. */
export class Apps {
  readonly #containers: Containers;
  readonly #networks: Networks;
  readonly #volumes: Volumes;
  readonly #images: Images;
  readonly #renderer: Renderer;
  readonly #readiness: Readiness;
  readonly #timeout: number;

  constructor(options: {
    containers: Containers;
    networks: Networks;
    volumes: Volumes;
    images: Images;
    renderer: Renderer;
    readiness: Readiness;
    /** In milliseconds. */
    readinessTimeout: number;
  }) {
    this.#containers = options.containers;
    this.#networks = options.networks;
    this.#volumes = options.volumes;
    this.#images = options.images;
    this.#renderer = options.renderer;
    this.#readiness = options.readiness;
    this.#timeout = options.readinessTimeout;
  }

  /** Ends when all replicas of the desired release answered. */
  async bringUp(
    desired: DesiredWorkspace,
    app: DesiredApp,
    context: EngineContext,
    report: (message: string) => void,
  ): Promise<void> {
    const { signal } = context;
    await this.#images.ensure(app.image, signal, report);
    await this.#volumes.ensure(
      desired.name,
      this.#volumes.namesOf(desired.name, app.name, app.volumes),
    );
    const specifications = await this.#renderer.app(desired.name, app, context);
    await forEach(
      specifications,
      REPLICAS_AT_A_TIME,
      signal,
      (specification, shared) =>
        this.#bringUpReplica(
          desired,
          app,
          specification,
          { ...context, signal: shared },
          report,
        ),
    );
  }

  /**
   * Gives each app's name to a release that answers where no running one has it: to the oldest,
   * for a newer one beside it is not decided upon yet. With `final` it is the desired one.
   */
  async giveNames(
    desired: DesiredWorkspace,
    { final }: { final: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const named = this.#networks.namedApps(desired);
    for (const app of desired.apps.filter(({ name }) => named.includes(name))) {
      const releases = await this.#runningReleases(desired.name, app.name);
      if (final) {
        await this.#nameAll(desired.name, app.name, releases.get(app.release));
        continue;
      }
      const held = [...releases.values()].flat().some(({ holds }) => holds);
      if (held) continue;
      for (const [, containers] of [...releases].sort(([a], [b]) => a - b)) {
        if (await this.#allAnswer(app, containers, signal)) {
          await this.#nameAll(desired.name, app.name, containers);
          break;
        }
      }
    }
  }

  /** Everything that runs finds the apps of the workspace by their names, also those that are new. */
  async joinNames(desired: DesiredWorkspace): Promise<void> {
    if (this.#networks.namedApps(desired).length === 0) return;
    for (const { name, identity, state } of await this.#containers.list(
      desired.name,
    )) {
      if (identity.kind === 'app' && state === 'running') {
        await this.#networks.joinAsReader(name, desired, identity.app);
      }
    }
  }

  async #bringUpReplica(
    desired: DesiredWorkspace,
    app: DesiredApp,
    specification: ContainerSpecification,
    { signal, adopted }: EngineContext,
    report: (message: string) => void,
  ): Promise<void> {
    const container = this.#containers.identities.container(
      specification.identity,
    );
    const made = await this.#containers.ensure(specification, signal);
    if (made !== 'kept') report(`${container}: ${made}`);
    await this.#networks.joinAsReader(container, desired, app.name);
    const url = await this.#readiness.startAndWait(
      {
        workspace: desired.name,
        app,
        container,
        timeout: this.#timeout,
      },
      async () => {
        const started = await this.#containers.start(specification, {
          adopted,
        });
        if (started === 'started') report(`${container}: started`);
      },
      signal,
    );
    report(`${container}: answers at ${url}`);
  }

  async #runningReleases(workspace: string, app: string) {
    const releases = new Map<number, RunningContainer[]>();
    for (const { name, identity } of await this.#containers.list(workspace)) {
      if (identity.kind !== 'app' || identity.app !== app) continue;
      const found = await this.#containers.inspect(name);
      if (!found?.State.Running) continue;
      const containers = releases.get(identity.release) ?? [];
      containers.push({
        name,
        found,
        holds: this.#networks.holdsName(found, workspace, app),
      });
      releases.set(identity.release, containers);
    }
    return releases;
  }

  async #nameAll(
    workspace: string,
    app: string,
    containers: RunningContainer[] = [],
  ): Promise<void> {
    for (const { name, holds } of containers) {
      if (!holds) await this.#networks.giveName(name, workspace, app);
    }
  }

  async #allAnswer(
    app: DesiredApp,
    containers: RunningContainer[],
    signal: AbortSignal,
  ): Promise<boolean> {
    for (const { found } of containers) {
      const published = publishedPort(found);
      if (!published) return false;
      const url = healthUrl(published, app.healthPath);
      if (!isReady(await probe(url, signal))) return false;
    }
    return true;
  }
}

type RunningContainer = {
  name: string;
  found: NonNullable<Awaited<ReturnType<Containers['inspect']>>>;
  holds: boolean;
};
