import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@backstage/backend-plugin-api';
import {
  buildNamespace,
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
  RawCheck,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { Cluster } from '../client';
import { Names, workHash } from '../engine/names';
import { clusterFailure, textOf, withFacts } from '../failures';
import { formatReference, OciRegistry, pushBundle } from '../registry';
import { builderChecks } from './check';
import { FollowedBuild } from './FollowedBuild';
import { cacheRepository, registryOf } from './imageNames';
import { BuildPlaceOptions, ensureBuildPlace } from './place';
import { imageMap, optionsOf, specificationOf } from './specification';
import {
  BuildResources,
  renderTaskRun,
  resultOf,
  TASK_RUN,
  TaskRun,
  taskRunName,
} from './taskRun';
import { withoutDigest } from './taskRunFailure';
import { TaskRuns } from './TaskRuns';
import { TaskRunWatch } from './TaskRunWatch';

/** In milliseconds: as long as a cancellation waits for those who follow the build. */
const HEARD_WITHIN = 3_000;

/** What a build may use where nothing else is configured. */
export const USUAL_RESOURCES: BuildResources = {
  requests: { cpu: '500m', memory: '512Mi' },
  limits: { cpu: '2', memory: '2Gi' },
};

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
  readonly #runs: TaskRuns;
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
    this.#runs = new TaskRuns(options);
    this.#builderImage = options.builderImage;
    this.#resources = options.resources ?? USUAL_RESOURCES;
    this.#logger = options.logger;
  }

  async *check({ signal }: { signal: AbortSignal }): AsyncGenerator<RawCheck> {
    yield* builderChecks(this.#cluster, this.#registry, this.#names, signal);
  }

  async *build(
    request: BuildRequest,
    context: EngineContext,
  ): AsyncGenerator<BuildEvent> {
    const work = workName(context.key);
    const cancellation = new AbortController();
    let end = () => {};
    const ended = new Promise<void>(resolve => (end = resolve));
    const running: RunningBuild = { cancellation, ended };
    const ofThisKey = this.#builds.get(work) ?? new Set();
    this.#builds.set(work, ofThisKey.add(running));
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
      const told = clusterFailure('The build failed', error);
      throw withFacts(told, { namespace: buildNamespace(request.workspace) });
    } finally {
      end();
      cancellation.abort(); // ends the watches where the caller stopped reading
      ofThisKey.delete(running);
      if (ofThisKey.size === 0) this.#builds.delete(work);
    }
  }

  /** Stops the TaskRun of that key, whoever made it. Its output goes with it, so that what follows it here reads on first. */
  async cancel(key: WorkKey): Promise<void> {
    const builds = [...(this.#builds.get(workName(key)) ?? [])];
    // One that has not made its TaskRun yet must not make it now, or take it back.
    for (const { followed, cancellation } of builds)
      if (!followed) cancellation.abort();
    const open = await this.#runs.open(key);
    await Promise.all(builds.map(({ followed }) => followed?.caughtUp()));
    for (const run of open) await this.#runs.cancel(run);
    // So that who cancels for want of time hears what the build was waiting for.
    const heard = Promise.all(builds.map(({ ended }) => ended));
    await Promise.race([heard, sleep(HEARD_WITHIN, undefined, { ref: false })]);
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
    const place = { namespace, name };
    if (!(await this.#runs.has(place, specification, signal))) {
      const image = this.#registry.reference(`${repository}:${workHash(key)}`);
      const made = await this.#registry.labels(image, signal);
      if (made?.labels[labels.specification] === specification) {
        this.#logger.info(`Adopting the image that ${name} has made`);
        yield this.#image(repository, made.digest);
        return;
      }
      yield* this.#start(request, key, { specification, running, signal });
    }
    const options = { logger: this.#logger, signal };
    const watch = new TaskRunWatch(this.#cluster, place, options);
    try {
      const followed = new FollowedBuild(this.#cluster, watch, signal);
      running.followed = followed;
      const ended = yield* this.#follow(followed, place);
      const digest = resultOf(ended, 'IMAGE_DIGEST');
      if (!digest) throw withoutDigest(ended, followed.log);
      yield this.#image(repository, digest);
    } finally {
      watch.end();
    }
  }

  /** One that will never begin is not left behind: it would keep what it has of the quota. */
  async *#follow(
    followed: FollowedBuild,
    place: { namespace: string; name: string },
  ): AsyncGenerator<BuildEvent, TaskRun> {
    try {
      return yield* followed.events(place.name);
    } catch (error) {
      if (followed.hasGivenUp)
        await this.#runs.cancel({ ...TASK_RUN, metadata: place });
      throw error;
    }
  }

  /** Makes all that the TaskRun needs, and the TaskRun. */
  async *#start(
    request: BuildRequest,
    key: WorkKey,
    given: {
      specification: string;
      running: RunningBuild;
      signal: AbortSignal;
    },
  ): AsyncGenerator<BuildEvent> {
    const { specification, running, signal } = given;
    const { workspace, app, repository } = request;
    const say = (text: string) =>
      ({ type: 'log', at: new Date(), text } as const);
    const [bundle] = await Promise.all([
      this.#bring(request, signal),
      ensureBuildPlace(this.#cluster, workspace, this.#place, signal),
    ]);
    yield say(`The bundle is ${bundle}`);
    const { address: registry } = this.#registry;
    const cache = {
      registry,
      repository: cacheRepository(repository),
      tag: 'cache',
    };
    const run = renderTaskRun({
      request,
      key,
      names: this.#names,
      builderImage: this.#builderImage,
      resources: this.#resources,
      bundle,
      image: formatReference({ registry, repository, tag: workHash(key) }),
      cache: formatReference(cache),
      reuse:
        !request.noCache &&
        (await this.#registry.digest(cache, signal)) !== undefined,
      options: optionsOf(request, this.#images, this.#names.instance),
      specification,
    });
    signal.throwIfAborted();
    await this.#runs.make(run);
    if (running.cancellation.signal.aborted) await this.#runs.cancel(run);
    yield say(`TaskRun ${run.metadata.namespace}/${run.metadata.name}`);
    await this.#runs.removeOld(workspace, app, signal);
  }

  /** Brings the bundle to the registry. Returns its reference by digest. */
  async #bring(request: BuildRequest, signal: AbortSignal): Promise<string> {
    const { repository, bundleDigest } = request;
    const digest = `sha256:${bundleDigest}`;
    const bundle = { open: () => request.bundle(), digest };
    try {
      return await pushBundle(this.#registry, repository, bundle, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof EngineError) throw error;
      const text = textOf(error);
      throw failure(
        `The bundle could not be read: ${text}`,
        [evidenceOf('error', 'bundle', text)],
        error,
      );
    }
  }

  #image(repository: string, digest: string): BuildEvent {
    const { address: registry } = this.#registry;
    const image = formatReference({ registry, repository, digest });
    return { type: 'image', image, digest };
  }
}

/** A build that is followed here. */
interface RunningBuild {
  cancellation: AbortController;
  /** Resolves when whoever reads it has heard of its end. */
  ended: Promise<void>;
  /** Once its TaskRun is there. */
  followed?: FollowedBuild;
}
