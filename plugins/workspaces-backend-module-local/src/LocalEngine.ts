import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  Check,
  Plan,
  Receipt,
} from '@slipway/backstage-plugin-workspaces-common';
import type {
  Address,
  DesiredWorkspace,
  EngineAbilities,
  EngineContext,
  EngineJob,
  EngineLogLine,
  JobEvent,
  LogSelector,
  Observation,
  Progress,
  WorkKey,
  WorkspaceEngine,
  WorkspacePart,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  abortable,
  appOf,
  Channel,
  forEach,
  requireAbilities,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { EngineConnection } from './connection';
import { Apps } from './engine/apps';
import { checkEngine } from './engine/checks';
import { Containers } from './engine/containers';
import { Dependencies } from './engine/dependencies';
import { Destroyer } from './engine/destroy';
import { Identities } from './engine/identity';
import { Jobs, cancelJob } from './engine/jobs';
import { LogReader } from './engine/logs';
import { Networks } from './engine/networks';
import { Observer } from './engine/observer';
import { Planner } from './engine/plan';
import { prune } from './engine/prune';
import { Readiness, publishedPort } from './engine/readiness';
import { Renderer } from './engine/rendering';
import { SocketReader } from './engine/sockets';
import { Volumes } from './engine/volumes';
import type { Images } from './images';

/** Several at once, but starting everything at once is no faster. */
const AT_A_TIME = 4;

type Report = (message: string) => void;

/** What the local engine is made with. */
export interface LocalEngineOptions {
  connection: EngineConnection;
  images: Images;
  /** Tells the objects of this portal from those of others on the same engine. */
  instance: string;
  /** In milliseconds: as long as an app may be silent after its start. */
  readinessTimeout: number;
}

/**
 * Workspaces on a container engine of this machine: networks, containers and volumes, found again by
 * their names and labels.
 */
export class LocalEngine implements WorkspaceEngine {
  readonly id = 'local';
  readonly abilities: EngineAbilities = {
    dependencies: ['postgres', 'redis'],
    readOnlyRoot: true,
    volumes: true,
    replicas: true,
    isolation: true,
    gateway: true,
  };

  readonly #connection: EngineConnection;
  readonly #images: Images;
  readonly #readinessTimeout: number;
  readonly #identities: Identities;
  readonly #containers: Containers;
  readonly #networks: Networks;
  readonly #volumes: Volumes;

  constructor(options: LocalEngineOptions) {
    const { docker } = options.connection;
    this.#connection = options.connection;
    this.#images = options.images;
    this.#readinessTimeout = options.readinessTimeout;
    this.#identities = new Identities(options.instance);
    this.#containers = new Containers(docker, this.#identities);
    this.#networks = new Networks(docker, this.#identities);
    this.#volumes = new Volumes(docker, this.#identities);
  }

  check(context: {
    signal: AbortSignal;
    logger: LoggerService;
  }): AsyncIterable<Check> {
    return checkEngine(this.#connection, this.#images, context.signal);
  }

  async plan(
    desired: DesiredWorkspace,
    context: EngineContext,
  ): Promise<Plan['changes']> {
    requireAbilities(desired, this);
    const dialect = await this.#connection.requireUsable();
    return new Planner({
      containers: this.#containers,
      networks: this.#networks,
      volumes: this.#volumes,
      renderer: new Renderer(this.#identities, dialect),
    }).plan(desired, context);
  }

  async *apply(
    desired: DesiredWorkspace,
    part: WorkspacePart,
    context: EngineContext,
  ): AsyncGenerator<Progress> {
    requireAbilities(desired, this);
    const left = new AbortController();
    const signal = AbortSignal.any([context.signal, left.signal]);
    const progress = new Channel<Progress>();
    const report = (message: string) => void progress.push({ message });
    abortable(
      signal,
      this.#makeItSo(desired, part, { ...context, signal }, report),
    ).then(
      () => progress.end(),
      error => progress.end(error),
    );
    try {
      yield* progress;
    } finally {
      left.abort();
    }
  }

  async *runJob(
    job: EngineJob,
    context: EngineContext,
  ): AsyncGenerator<JobEvent> {
    const dialect = await this.#connection.requireUsable();
    const jobs = new Jobs({
      containers: this.#containers,
      networks: this.#networks,
      images: this.#images,
      renderer: new Renderer(this.#identities, dialect),
    });
    yield* jobs.run(job, context);
  }

  observe(context: {
    signal: AbortSignal;
    logger: LoggerService;
  }): AsyncIterable<Observation> {
    const { signal, logger } = context;
    return new Observer(this.#containers, logger).observe(signal);
  }

  logs(
    selector: LogSelector,
    context: { signal: AbortSignal; logger: LoggerService },
  ): AsyncIterable<EngineLogLine> {
    return new LogReader(this.#containers).read(selector, context);
  }

  async addresses(target: {
    workspace: string;
    app: string;
    release: number;
  }): Promise<Address[]> {
    const addresses: Address[] = [];
    const containers = await this.#containers.list(target.workspace);
    for (const { name, identity } of containers) {
      if (
        identity.kind !== 'app' ||
        identity.app !== target.app ||
        identity.release !== target.release
      ) {
        continue;
      }
      const found = await this.#containers.inspect(name);
      const port = found && publishedPort(found);
      if (!port) continue;
      const { replica: index } = identity;
      addresses.push({ host: '127.0.0.1', port, replica: name, index });
    }
    return addresses;
  }

  async cancel(key: WorkKey): Promise<void> {
    await cancelJob(this.#containers, key);
  }

  async destroy(
    workspace: { id: string; name: string },
    context: EngineContext,
  ): Promise<Receipt> {
    const destroyer = new Destroyer({
      containers: this.#containers,
      networks: this.#networks,
      volumes: this.#volumes,
    });
    const { signal } = context;
    return abortable(signal, destroyer.destroy(workspace.name, signal));
  }

  async #makeItSo(
    desired: DesiredWorkspace,
    part: WorkspacePart,
    context: EngineContext,
    report: Report,
  ): Promise<void> {
    const { signal } = context;
    const dialect = await this.#connection.requireUsable();
    const renderer = new Renderer(this.#identities, dialect);
    const tools = {
      containers: this.#containers,
      networks: this.#networks,
      volumes: this.#volumes,
      images: this.#images,
      renderer,
      readinessTimeout: this.#readinessTimeout,
    };
    const made = await this.#networks.ensure(desired);
    made.forEach(name => report(`${name}: network created`));
    if (part.kind === 'place') return;

    if (part.kind === 'dependencies' || part.kind === 'all') {
      const dependencies = new Dependencies(tools);
      await forEach(
        desired.dependencies,
        AT_A_TIME,
        signal,
        (dependency, shared) =>
          dependencies.bringUp(
            desired.name,
            dependency,
            { ...context, signal: shared },
            report,
          ),
      );
    }
    if (part.kind === 'dependencies') return;

    const sockets = new SocketReader(
      this.#connection.docker,
      this.#identities,
      this.#images,
    );
    const readiness = new Readiness(this.#containers, sockets, dialect);
    const apps = new Apps({ ...tools, readiness });
    const wanted =
      part.kind === 'all' ? desired.apps : [appOf(desired, part.app)];
    await apps.joinNames(desired);
    await apps.giveNames(desired, { final: false }, signal);
    await forEach(wanted, AT_A_TIME, signal, async (app, shared) => {
      await apps.bringUp(desired, app, { ...context, signal: shared }, report);
      await apps.giveNames(desired, { final: false }, shared);
    });
    if (part.kind === 'all') {
      await apps.giveNames(desired, { final: true }, signal);
      await prune(desired, tools, context, report);
    }
  }
}
