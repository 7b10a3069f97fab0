import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@backstage/backend-plugin-api';
import { buildNamespace } from '@slipway/backstage-plugin-workspaces-common';
import {
  BuilderAbilities,
  BuildEvent,
  BuildRequest,
  EngineContext,
  ImageBuilder,
  WorkKey,
  workName,
  RawCheck,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  Dockerfile,
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { Cluster } from '../client';
import { Names, workHash } from '../engine/names';
import { clusterFailure, withFacts } from '../failures';
import { formatReference, OciRegistry } from '../registry';
import { bringBundle, readDockerfile } from './source';
import { requireAble } from './ability';
import { cacheOf } from './cache';
import { builderChecks } from './check';
import { BuilderChoice, BuilderSettings, refusalOf } from './choice';
import { FollowedBuild } from './FollowedBuild';
import { inputsOf } from './inputs';
import { imageEvent, MadeImages } from './MadeImages';
import { BuildPlaceOptions, ensureBuildPlace } from './place';
import { imageLabels, imageMap, specificationOf } from './specification';
import { BuildTask, withSources } from './strategies';
import {
  builderOf,
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
  readonly #made: MadeImages;
  readonly #images: ReadonlyMap<string, string>;
  readonly #choice: BuilderChoice;
  readonly #resources: BuildResources;
  readonly #logger: LoggerService;
  /** The builds that are followed here, by the name of their work. */
  readonly #builds = new Map<string, Set<RunningBuild>>();

  constructor(options: {
    cluster: Cluster;
    registry: OciRegistry;
    /** Which portal this is, where several share one cluster. */
    names: Names;
    builders: BuilderSettings;
    /** Where images really come from, by the names that Dockerfiles write. */
    images: Record<string, string>;
    /** Private address ranges that steps of builds may reach. */
    reachable: string[];
    resources?: BuildResources;
    logger: LoggerService;
  }) {
    const { cluster, registry, names, reachable, logger } = options;
    this.#cluster = cluster;
    this.#registry = registry;
    this.#names = names;
    this.#images = imageMap(options.images);
    this.#place = { names, registry, images: this.#images, reachable };
    this.#runs = new TaskRuns(options);
    this.#made = new MadeImages(options);
    this.#choice = new BuilderChoice({
      cluster,
      settings: options.builders,
      logger,
    });
    this.#resources = options.resources ?? USUAL_RESOURCES;
    this.#logger = logger;
  }

  async *check({ signal }: { signal: AbortSignal }): AsyncGenerator<RawCheck> {
    yield* builderChecks({
      cluster: this.#cluster,
      registry: this.#registry,
      names: this.#names,
      choice: this.#choice,
      signal,
    });
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
      if (refusalOf(error)) this.#choice.forget();
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
    const { workspace, app } = request;
    const name = taskRunName(app, key);
    const place = { namespace: buildNamespace(workspace), name };
    const specification = specificationOf(request);
    const dockerfile = await readDockerfile(request, signal);
    let run = await this.#runs.find(place, specification, signal);
    if (!run) {
      const made = await this.#made.ofWork(request, key, signal);
      if (made) {
        yield made;
        return;
      }
      const task = this.#task(request, dockerfile);
      const [bundle, inputs] = await this.#prepare(task, signal);
      const ended = await this.#runs.ended(workspace, app, signal);
      const same = await this.#made.ofInputs(request, inputs, ended, signal);
      if (same) {
        signal.throwIfAborted();
        yield say(same.text);
        yield same.image;
        return;
      }
      const given = { specification, bundle, inputs, running, signal };
      run = yield* this.#start(task, key, given);
      await this.#runs.removeOld(ended, signal);
    }
    yield* this.#outcome(run, request, dockerfile, running, signal);
  }

  /** Follows a TaskRun to its end. */
  async *#outcome(
    run: TaskRun,
    { repository }: BuildRequest,
    dockerfile: Dockerfile | undefined,
    running: RunningBuild,
    signal: AbortSignal,
  ): AsyncGenerator<BuildEvent> {
    const { name = '', namespace = '' } = run.metadata;
    const { strategy, why } = builderOf(run);
    const place = { namespace, name };
    const options = { logger: this.#logger, signal };
    const watch = new TaskRunWatch(this.#cluster, place, options);
    try {
      const followed = new FollowedBuild(this.#cluster, watch, {
        strategy,
        dockerfile: dockerfile && {
          written: dockerfile,
          built: strategy.rewritesImages
            ? withSources(dockerfile, this.#images)
            : dockerfile,
        },
        signal,
      });
      running.followed = followed;
      const ended = yield* this.#follow(followed, place);
      const digest = resultOf(ended, 'IMAGE_DIGEST');
      if (!digest) throw withoutDigest(ended, followed.log);
      const { title, warning } = strategy;
      const builder = { name: title, why, warning };
      yield imageEvent(this.#registry, repository, digest, builder);
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

  #task(request: BuildRequest, dockerfile?: Dockerfile): BuildTask {
    const { instance } = this.#names;
    const labelsOfImage = imageLabels(request, instance);
    return { request, labels: labelsOfImage, images: this.#images, dockerfile };
  }

  /** Brings all that a build needs: the reference of its bundle, and what its image is made from, where that is known. */
  async #prepare(
    task: BuildTask,
    signal: AbortSignal,
  ): Promise<[bundle: string, inputs: string | undefined]> {
    const { request } = task;
    const logger = this.#logger;
    const place = { logger, signal };
    const [bundle, inputs] = await Promise.all([
      bringBundle(this.#registry, request, signal),
      inputsOf(task, this.#registry, signal),
      ensureBuildPlace(this.#cluster, request.workspace, this.#place, place),
    ]);
    return [bundle, inputs];
  }

  /** Makes the TaskRun. */
  async *#start(
    task: BuildTask,
    key: WorkKey,
    given: {
      specification: string;
      bundle: string;
      inputs?: string;
      running: RunningBuild;
      signal: AbortSignal;
    },
  ): AsyncGenerator<BuildEvent, TaskRun> {
    const { specification, bundle, inputs, running, signal } = given;
    const { workspace, repository } = task.request;
    yield say(`The bundle is ${bundle}`);
    const namespace = buildNamespace(workspace);
    const where = { namespace, labels: this.#names.workspace(workspace) };
    const builder = await this.#choice.forBuild(where, signal);
    requireAble(builder.strategy, task);
    const { title, warning } = builder.strategy;
    yield say(`Builder: ${title}, because ${builder.why}`);
    if (warning) yield say(`Warning: ${warning}`);
    const { address: registry } = this.#registry;
    const image = { registry, repository, tag: workHash(key) };
    const run = renderTaskRun({
      task,
      key,
      names: this.#names,
      builder,
      resources: this.#resources,
      registry: this.#registry,
      bundle,
      image: formatReference(image),
      ...(await cacheOf(
        this.#registry,
        task.request,
        builder.strategy,
        signal,
      )),
      specification,
      inputs,
    });
    signal.throwIfAborted();
    await this.#runs.make(run);
    if (running.cancellation.signal.aborted) await this.#runs.cancel(run);
    yield say(`TaskRun ${run.metadata.namespace}/${run.metadata.name}`);
    return run;
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

function say(text: string): BuildEvent {
  return { type: 'log', at: new Date(), text };
}
