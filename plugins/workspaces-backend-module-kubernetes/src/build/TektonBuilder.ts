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
  buildSpecification,
  Dockerfile,
  evidenceOf,
  failure,
  secretRemarks,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { Cluster } from '../client';
import { Names, workHash } from '../engine/names';
import { clusterFailure, withFacts } from '../failures';
import { formatReference, OciRegistry } from '../registry';
import { bringBundle, readDockerfile } from './source';
import { requireAble } from './ability';
import { BuildSecrets } from './BuildSecrets';
import { cacheOf } from './cache';
import { builderChecks } from './check';
import { BuilderChoice, BuilderSettings, refusalOf } from './choice';
import { inputsOf } from './inputs';
import { MadeImages } from './MadeImages';
import { BuildPlaceOptions, ensureBuildPlace } from './place';
import { imageLabels, imageMap } from './specification';
import { RunningBuild } from './RunningBuild';
import type { BuildTask } from './strategies';
import { BuildResources, renderTaskRun, TaskRun, taskRunName } from './taskRun';
import { TaskRuns } from './TaskRuns';

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
  readonly abilities: BuilderAbilities = { secrets: true };
  readonly #cluster: Cluster;
  readonly #registry: OciRegistry;
  readonly #names: Names;
  readonly #place: BuildPlaceOptions;
  readonly #runs: TaskRuns;
  readonly #secrets: BuildSecrets;
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
    this.#secrets = new BuildSecrets(options);
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
    const running = new RunningBuild({
      cluster: this.#cluster,
      registry: this.#registry,
      runs: this.#runs,
      secrets: this.#secrets,
      images: this.#images,
      logger: this.#logger,
    });
    const { cancellation } = running;
    const ofThisKey = this.#builds.get(work) ?? new Set();
    this.#builds.set(work, ofThisKey.add(running));
    const signal = AbortSignal.any([context.signal, cancellation.signal]);
    try {
      signal.throwIfAborted();
      yield* this.#build(request, { ...context, signal }, running);
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
      running.end();
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
    // Nobody may be there to do it, or not for as long as the TaskRun takes to end.
    await this.#secrets.remove({
      namespace: buildNamespace(key.workspace),
      name: taskRunName(key.app ?? '', key),
    });
  }

  async *#build(
    request: BuildRequest,
    context: EngineContext,
    running: RunningBuild,
  ): AsyncGenerator<BuildEvent> {
    const { key, signal } = context;
    const { workspace, app } = request;
    const name = taskRunName(app, key);
    const place = { namespace: buildNamespace(workspace), name };
    const specification = buildSpecification(request);
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
      const given = { specification, bundle, inputs, running };
      run = yield* this.#start(task, context, given);
      await this.#runs.removeOld(ended, signal);
    }
    yield* running.outcome(run, request, dockerfile, signal);
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
    context: EngineContext,
    given: {
      specification: string;
      bundle: string;
      inputs?: string;
      running: RunningBuild;
    },
  ): AsyncGenerator<BuildEvent, TaskRun> {
    const { key, signal } = context;
    const { specification, bundle, inputs, running } = given;
    const { request } = task;
    const { workspace, app, repository } = request;
    yield say(`The bundle is ${bundle}`);
    const namespace = buildNamespace(workspace);
    const where = { namespace, labels: this.#names.workspace(workspace) };
    const builder = await this.#choice.forBuild(where, signal);
    requireAble(builder.strategy, task);
    const { title, warning } = builder.strategy;
    yield say(`Builder: ${title}, because ${builder.why}`);
    if (warning) yield say(`Warning: ${warning}`);
    for (const remark of secretRemarks(request.secrets, task.dockerfile))
      yield say(remark);
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
      ...(await cacheOf(this.#registry, request, builder.strategy, signal)),
      specification,
      inputs,
    });
    const isMounting =
      builder.strategy.mountsSecrets && request.secrets.length > 0;
    await this.#make(run, isMounting ? request : undefined, context, running);
    yield say(`TaskRun ${namespace}/${taskRunName(app, key)}`);
    return run;
  }

  /** Makes a TaskRun after its Secret, for which its pod would wait. */
  async #make(
    run: TaskRun,
    mounting: BuildRequest | undefined,
    { secrets, signal }: EngineContext,
    { cancellation }: RunningBuild,
  ): Promise<void> {
    const { name = '', namespace = '' } = run.metadata;
    const place = { namespace, name };
    const isCancelled = () => cancellation.signal.aborted;
    try {
      if (mounting) await this.#secrets.bring(mounting, place, secrets);
      signal.throwIfAborted();
      const made = await this.#runs.make(run);
      if (isCancelled()) await this.#runs.cancel(run);
      cancellation.signal.throwIfAborted();
      if (mounting) await this.#secrets.bind(made);
    } catch (error) {
      // Where the watch alone has ended, another portal may be about to make the same.
      if (mounting && (isCancelled() || !signal.aborted))
        await this.#secrets.remove(place);
      throw error;
    }
  }
}

function say(text: string): BuildEvent {
  return { type: 'log', at: new Date(), text };
}
