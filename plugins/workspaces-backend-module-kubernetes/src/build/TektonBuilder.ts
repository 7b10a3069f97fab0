import type { LoggerService } from '@backstage/backend-plugin-api';
import {
  buildNamespace,
  Check,
  labels,
} from '@slipway/backstage-plugin-workspaces-common';
import {
  BuilderAbilities,
  BuildEvent,
  BuildRequest,
  EngineContext,
  EngineError,
  ImageBuilder,
  WorkKey,
  workName,
} from '@slipway/backstage-plugin-workspaces-node';
import { Cluster, isNotFound, labelSelector } from '../client';
import { Names, workHash } from '../engine/names';
import { clusterFailure, evidenceOf, failure } from '../failures';
import { formatReference, OciRegistry, pushBundle } from '../registry';
import { builderChecks } from './check';
import { FollowedBuild } from './FollowedBuild';
import { registryOf } from './imageNames';
import { BuildPlaceOptions, ensureBuildPlace } from './place';
import { imageMap, optionsOf, specificationOf } from './specification';
import {
  BuildResources,
  conditionOf,
  hasEnded,
  renderTaskRun,
  resultOf,
  TASK_RUN,
  TaskRun,
  taskRunName,
} from './taskRun';
import { refusedTaskRun, withoutDigest } from './taskRunFailure';
import { TaskRunWatch } from './TaskRunWatch';

/** What a build may use where nothing else is configured. */
export const USUAL_RESOURCES: BuildResources = {
  requests: { cpu: '500m', memory: '512Mi' },
  limits: { cpu: '2', memory: '2Gi' },
};
/** TaskRuns of an app that are kept when they have ended. */
const KEPT_RUNS = 3;

/**
 * Builds images in a cluster, each in a TaskRun of Tekton, and leaves them in a registry. The TaskRun lives on
 * when nobody watches: whoever asks for the same work again follows it from its first line.
 */
export class TektonBuilder implements ImageBuilder {
  readonly abilities: BuilderAbilities = { secrets: false };
  readonly #cluster: Cluster;
  readonly #registry: OciRegistry;
  readonly #names: Names;
  readonly #place: BuildPlaceOptions;
  readonly #images: ReadonlyMap<string, string>;
  readonly #builderImage: string;
  readonly #resources: BuildResources;
  readonly #logger: LoggerService;
  /** The builds that are followed here, by the name of their work. */
  readonly #builds = new Map<string, Set<RunningBuild>>();

  constructor(options: {
    cluster: Cluster;
    registry: OciRegistry;
    /** Which portal this is, where several share one cluster. */
    names: Names;
    /** Image with rootless BuildKit and a shell, as `moby/buildkit:rootless`. */
    builderImage: string;
    /** Where images really come from, by the names that Dockerfiles write. */
    images: Record<string, string>;
    /** Private address ranges that steps of builds may reach. */
    reachable: string[];
    resources?: BuildResources;
    logger: LoggerService;
  }) {
    const { cluster, registry, names, images, reachable } = options;
    this.#cluster = cluster;
    this.#registry = registry;
    this.#names = names;
    this.#images = imageMap(images);
    const mirrors = Object.values(images).map(registryOf);
    this.#place = { names, registry, mirrors, reachable };
    this.#builderImage = options.builderImage;
    this.#resources = options.resources ?? USUAL_RESOURCES;
    this.#logger = options.logger;
  }

  async *check({ signal }: { signal: AbortSignal }): AsyncGenerator<Check> {
    yield* builderChecks(this.#cluster, this.#registry, this.#names, signal);
  }

  async *build(
    request: BuildRequest,
    context: EngineContext,
  ): AsyncGenerator<BuildEvent> {
    const work = workName(context.key);
    const running: RunningBuild = { cancellation: new AbortController() };
    const ofThisKey = this.#builds.get(work) ?? new Set();
    this.#builds.set(work, ofThisKey.add(running));
    const { cancellation } = running;
    const signal = AbortSignal.any([context.signal, cancellation.signal]);
    try {
      signal.throwIfAborted();
      yield* this.#build(request, context.key, running, signal);
    } catch (error) {
      context.signal.throwIfAborted();
      if (cancellation.signal.aborted) {
        const state = evidenceOf('state', 'builder', 'cancelled');
        throw failure('The build was cancelled', [state], error);
      }
      if (error instanceof EngineError) throw error;
      throw clusterFailure('The build failed', error);
    } finally {
      cancellation.abort(); // ends the watches where the caller stopped reading
      ofThisKey.delete(running);
      if (ofThisKey.size === 0) this.#builds.delete(work);
    }
  }

  /** Stops the TaskRun of that key, whoever made it. Its output goes with it, so that what follows it here reads on first. */
  async cancel(key: WorkKey): Promise<void> {
    const builds = [...(this.#builds.get(workName(key)) ?? [])];
    const wanted = {
      [labels.instance]: this.#names.instance,
      [labels.work]: workHash(key),
    };
    const { items } = await this.#cluster
      .list<TaskRun>(TASK_RUN, { labelSelector: labelSelector(wanted) })
      .catch(error => {
        if (isNotFound(error)) return { items: [] };
        throw clusterFailure('The build could not be looked for', error);
      });
    const open = items.filter(run => !hasEnded(run));
    await Promise.all(builds.map(({ followed }) => followed?.caughtUp()));
    for (const run of open) await this.#cancelRun(run);
    // A build that has not made its TaskRun yet must not make it now.
    for (const { followed, cancellation } of builds)
      if (!followed) cancellation.abort();
  }

  async *#build(
    request: BuildRequest,
    key: WorkKey,
    running: RunningBuild,
    signal: AbortSignal,
  ): AsyncGenerator<BuildEvent> {
    const { workspace, app, repository } = request;
    const name = taskRunName(app, key);
    const namespace = buildNamespace(workspace);
    const specification = specificationOf(request);
    const known = await this.#find(name, namespace, specification, signal);
    if (!known) {
      const image = this.#registry.reference(`${repository}:${workHash(key)}`);
      const made = await this.#registry.labels(image, signal);
      if (made?.labels[labels.specification] === specification) {
        this.#logger.info(`Adopting the image that ${name} has made`);
        yield this.#image(repository, made.digest);
        return;
      }
      yield* this.#start(request, key, specification, signal);
    }
    const options = { logger: this.#logger, signal };
    const watch = new TaskRunWatch(this.#cluster, { namespace, name }, options);
    try {
      const followed = new FollowedBuild(this.#cluster, watch, signal);
      running.followed = followed;
      const ended = yield* followed.events(name);
      const digest = resultOf(ended, 'IMAGE_DIGEST');
      if (!digest) throw withoutDigest(ended, followed.log);
      yield this.#image(repository, digest);
    } finally {
      watch.end();
    }
  }

  /** Makes all that the TaskRun needs, and the TaskRun. */
  async *#start(
    request: BuildRequest,
    key: WorkKey,
    specification: string,
    signal: AbortSignal,
  ): AsyncGenerator<BuildEvent> {
    const { workspace, app, repository, bundleDigest: digest } = request;
    const say = (text: string) =>
      ({ type: 'log', at: new Date(), text } as const);
    const [bundle] = await Promise.all([
      pushBundle(
        this.#registry,
        repository,
        { open: () => request.bundle(), digest },
        signal,
      ),
      ensureBuildPlace(this.#cluster, workspace, this.#place, signal),
    ]);
    yield say(`The bundle is ${bundle}`);
    const { address: registry } = this.#registry;
    const run = renderTaskRun({
      request,
      key,
      names: this.#names,
      builderImage: this.#builderImage,
      resources: this.#resources,
      bundle,
      image: formatReference({ registry, repository, tag: workHash(key) }),
      cache: formatReference({ registry, repository, tag: 'cache' }),
      options: optionsOf(request, this.#images, this.#names.instance),
      specification,
    });
    signal.throwIfAborted();
    await this.#cluster.apply(run, { signal }).catch(error => {
      throw refusedTaskRun(error);
    });
    yield say(`TaskRun ${run.metadata.namespace}/${run.metadata.name}`);
    await this.#removeOld(workspace, app, signal);
  }

  /** The TaskRun of this work, if it is there. Another one of its name is none of ours. */
  async #find(
    name: string,
    namespace: string,
    specification: string,
    signal: AbortSignal,
  ): Promise<TaskRun | undefined> {
    const run = await this.#cluster.get<TaskRun>(
      { ...TASK_RUN, namespace, name },
      signal,
    );
    if (!run) return undefined;
    const made = run.metadata.annotations?.[labels.specification];
    if (made === specification && this.#names.workspaceOf(run)) return run;
    const text = `The TaskRun ${name} is there already, and builds something else`;
    throw failure(text, [evidenceOf('state', name, text)]);
  }

  #image(repository: string, digest: string): BuildEvent {
    const { address: registry } = this.#registry;
    const image = formatReference({ registry, repository, digest });
    return { type: 'image', image, digest };
  }

  async #cancelRun({ metadata }: TaskRun): Promise<void> {
    const { name = '', namespace } = metadata;
    this.#logger.info(`Cancelling the TaskRun ${namespace}/${name}`);
    const change = { spec: { status: 'TaskRunCancelled' } };
    try {
      await this.#cluster.merge({ ...TASK_RUN, namespace, name }, change);
    } catch (error) {
      if (isNotFound(error)) return;
      throw clusterFailure(`The TaskRun ${name} could not be cancelled`, error);
    }
  }

  /** Tekton keeps ended TaskRuns for ever. The newest are left for those who look with kubectl. */
  async #removeOld(
    workspace: string,
    app: string,
    signal: AbortSignal,
  ): Promise<void> {
    const namespace = buildNamespace(workspace);
    const selector = labelSelector({ [labels.app]: app });
    const { items } = await this.#cluster.list<TaskRun>(
      TASK_RUN,
      { namespace, labelSelector: selector },
      signal,
    );
    const ended = items
      .filter(hasEnded)
      .sort((a, b) => endOf(b).localeCompare(endOf(a)));
    for (const { metadata } of ended.slice(KEPT_RUNS)) {
      const { name = '', uid } = metadata;
      await this.#cluster.delete(
        { ...TASK_RUN, namespace, name },
        { uid, signal },
      );
    }
  }
}

/** A build that is followed here. */
interface RunningBuild {
  cancellation: AbortController;
  /** Once its TaskRun is there. */
  followed?: FollowedBuild;
}

function endOf(run: TaskRun): string {
  return conditionOf(run)?.lastTransitionTime ?? '';
}
