import type { LoggerService } from '@backstage/backend-plugin-api';
import {
  labels,
  type Plan,
  type Receipt,
} from '@slipway/backstage-plugin-workspaces-common';
import type {
  Address,
  DesiredWorkspace,
  EngineAbilities,
  EngineContext,
  EngineFixes,
  EngineJob,
  EngineLogLine,
  JobEvent,
  LogSelector,
  Observation,
  Progress,
  WorkKey,
  WorkspaceEngine,
  WorkspacePart,
  RawCheck,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  abortable,
  Channel,
  requireAbilities,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import {
  Cluster,
  Labels,
  Pod,
  SharedReflectors,
  kinds,
  labelSelector,
} from './client';
import { noticing } from './drift/noticed';
import { Endpoints } from './endpoints/Endpoints';
import { routeKind } from './endpoints/settings';
import { applyWorkspace, Makers } from './engine/applyWorkspace';
import { AppNames } from './engine/appNames';
import { Apps, progressDeadline } from './engine/apps';
import { checkCluster } from './engine/checks';
import { Dependencies } from './engine/dependencies';
import { Destroyer } from './engine/destroy';
import { EvidenceReader } from './engine/evidence';
import { imageSource } from './engine/images';
import { Jobs, cancelJob } from './engine/jobs';
import { LogReader } from './engine/logs';
import { CONTAINER, Names, selectors } from './engine/names';
import { Observer } from './engine/observer';
import type { KubernetesEngineOptions } from './engine/options';
import { Places } from './engine/places';
import { Planner } from './engine/plan';
import { prune } from './engine/prune';
import { Renderer } from './engine/rendering';
import { SocketReader } from './engine/sockets';
import { UsageReader } from './engine/usage';
import { Users } from './engine/users';
import { Volumes } from './engine/volumes';
import { isPodReady, livingPods } from './engine/watch';
import { withFacts } from './failures';
import { Isolation, PolicyProbe } from './isolation';
import { nodeTrustFixes } from './trust';

/** Workspaces in a cluster: a namespace each, in which everything is found again by names and labels. */
export class KubernetesEngine implements WorkspaceEngine {
  readonly id: string;
  readonly abilities: EngineAbilities = {
    dependencies: ['postgres', 'redis'],
    readOnlyRoot: true,
    volumes: true,
    replicas: true,
    isolation: true,
    gateway: false,
  };

  readonly fixes?: EngineFixes;
  readonly removeImage?: WorkspaceEngine['removeImage'];

  readonly #cluster: Cluster;
  /** Labels of all that the portal has made. */
  readonly #own: Labels;
  readonly #shared: SharedReflectors;
  readonly #options: KubernetesEngineOptions;
  readonly #names: Names;
  readonly #renderer: Renderer;
  readonly #volumes: Volumes;
  readonly #evidence: EvidenceReader;
  readonly #places: Places;
  readonly #isolation: Isolation;
  readonly #sourceOf: (image: string) => string;

  constructor(options: KubernetesEngineOptions) {
    const { id, cluster, images, logger } = options;
    this.id = id;
    this.fixes = options.trust && nodeTrustFixes(options.trust);
    this.removeImage =
      images && ((image, { signal }) => images.removeIfAllowed(image, signal));
    this.#cluster = cluster;
    this.#options = options;
    this.#names = new Names(options.instance);
    this.#own = {
      [labels.instance]: options.instance,
      [labels.workspace]: null,
    };
    this.#shared = cluster.share({
      labels: this.#own,
      logger,
      reduce: noticing,
    });
    this.#renderer = new Renderer({
      names: this.#names,
      users: new Users({ reader: images, numbers: options.users }),
      progressDeadline: progressDeadline(options.timeouts),
    });
    this.#volumes = new Volumes({
      cluster,
      names: this.#names,
      sizes: options.place.sizes,
      storageClass: options.storageClass,
    });
    this.#evidence = new EvidenceReader(cluster);
    this.#sourceOf = imageSource(options.imageSources ?? {});
    this.#isolation = new Isolation({
      probe: new PolicyProbe({
        cluster,
        names: this.#names,
        image: this.#sourceOf(options.helperImage),
        pullSecret: options.place.pullSecret,
        logger,
      }),
      logger,
    });
    this.#places = new Places(
      cluster,
      { ...options.place, names: this.#names },
      options.timeouts.removal,
      logger,
    );
  }

  check(context: {
    signal: AbortSignal;
    logger: LoggerService;
  }): AsyncIterable<RawCheck> {
    const { endpoints, trust } = this.#options;
    return checkCluster(
      this.#cluster,
      this.id,
      { endpoints, isolation: this.#isolation, trust },
      context.signal,
    );
  }

  async plan(
    desired: DesiredWorkspace,
    context: EngineContext,
    app?: string,
  ): Promise<Plan['changes']> {
    requireAbilities(desired, this);
    const planner = new Planner({
      cluster: this.#cluster,
      names: this.#names,
      places: this.#places,
      renderer: this.#renderer,
      volumes: this.#volumes,
    });
    return planner.plan(this.#withSources(desired), context, app);
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
      applyWorkspace(
        this.#withSources(desired),
        part,
        this.#makers({ ...context, signal }),
        { ...context, signal },
        report,
      ),
    ).then(
      () => progress.end(),
      error => progress.end(withFacts(error, { namespace: desired.name })),
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
    const jobs = new Jobs({
      cluster: this.#cluster,
      renderer: this.#renderer,
      evidence: this.#evidence,
      startTimeout: this.#options.timeouts.start,
      patience: this.#options.timeouts.patience,
    });
    const image = this.#sourceOf(job.image);
    try {
      yield* jobs.run({ ...job, image }, context);
    } catch (error) {
      throw withFacts(error, { namespace: job.workspace });
    }
  }

  async *observe(context: {
    signal: AbortSignal;
    logger: LoggerService;
  }): AsyncGenerator<Observation> {
    const stop = new AbortController();
    try {
      yield* new Observer({
        shared: this.#shared,
        usage: new UsageReader(this.#cluster, labelSelector(this.#own)),
        names: this.#names,
        logger: context.logger,
        routes: routeKind(this.#options.endpoints),
        signal: AbortSignal.any([context.signal, stop.signal]),
      }).observe();
    } finally {
      stop.abort();
    }
  }

  logs(
    selector: LogSelector,
    context: { signal: AbortSignal; logger: LoggerService },
  ): AsyncIterable<EngineLogLine> {
    return new LogReader(this.#cluster, this.#shared).read(selector, context);
  }

  async addresses(target: {
    workspace: string;
    app: string;
    release: number;
  }): Promise<Address[]> {
    const { items } = await this.#cluster.list<Pod>(kinds.Pod, {
      namespace: target.workspace,
      labelSelector: labelSelector(
        selectors.release(target.app, target.release),
      ),
    });
    return livingPods(items).flatMap((pod, index) => {
      const host = pod.status?.podIP;
      const ports = pod.spec?.containers.flatMap(one => one.ports ?? []) ?? [];
      const port = ports.find(({ name }) => name === CONTAINER)?.containerPort;
      if (!host || !port || !isPodReady(pod)) return [];
      return [{ host, port, replica: pod.metadata.name ?? '', index }];
    });
  }

  async publish(endpoint: {
    workspace: string;
    app: string;
    target: { release: number; replicas: number } | null;
  }): Promise<{ url: string } | undefined> {
    const { workspace, app, target } = endpoint;
    const endpoints = this.#endpoints(new AbortController().signal);
    if (target)
      return { url: await endpoints.lead({ workspace, app }, target) };
    await endpoints.close({ workspace, app });
    return undefined;
  }

  async cancel(key: WorkKey): Promise<void> {
    await cancelJob(this.#cluster, this.#names, key, this.#options.logger);
  }

  async destroy(
    workspace: { id: string; name: string },
    { signal }: EngineContext,
  ): Promise<Receipt> {
    this.#places.forget(workspace.name);
    const destroyer = new Destroyer({
      cluster: this.#cluster,
      names: this.#names,
      places: this.#places,
      images: this.#options.images,
    });
    return abortable(signal, destroyer.destroy(workspace.name, signal));
  }

  #withSources(desired: DesiredWorkspace): DesiredWorkspace {
    return {
      ...desired,
      dependencies: desired.dependencies.map(dependency => ({
        ...dependency,
        image: this.#sourceOf(dependency.image),
      })),
    };
  }

  #endpoints(signal: AbortSignal): Endpoints {
    return new Endpoints({
      cluster: this.#cluster,
      names: this.#names,
      settings: this.#options.endpoints,
      logger: this.#options.logger,
      signal,
    });
  }

  #dependencies(): Dependencies {
    return new Dependencies({
      cluster: this.#cluster,
      renderer: this.#renderer,
      volumes: this.#volumes,
      evidence: this.#evidence,
      readinessTimeout: this.#options.timeouts.readiness,
      patience: this.#options.timeouts.patience,
    });
  }

  #makers(context: EngineContext): Makers {
    return {
      places: this.#places,
      dependencies: this.#dependencies(),
      names: new AppNames(this.#cluster, this.#renderer),
      endpoints: this.#endpoints(context.signal),
      apps: root =>
        new Apps({
          cluster: this.#cluster,
          renderer: this.#renderer,
          volumes: this.#volumes,
          evidence: this.#evidence,
          sockets: new SocketReader(
            this.#cluster,
            this.#sourceOf(this.#options.helperImage),
            this.#options.logger,
          ),
          timeouts: this.#options.timeouts,
          root,
        }),
      prune: (desired, report) =>
        prune(this.#cluster, this.#names, desired, context, report),
    };
  }
}
