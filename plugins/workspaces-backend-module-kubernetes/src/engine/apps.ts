import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type {
  DesiredApp,
  DesiredWorkspace,
  EngineContext,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, ClusterObject, Pod, kinds } from '../client';
import { clusterFailure } from '../failures';
import { eventEvidence, EvidenceReader } from './evidence';
import { restartLooping } from './looping';
import { releaseName, selectors } from './names';
import { requireOwn } from './ownership';
import { PodReadiness } from './readiness';
import { Renderer, RenderedApp } from './rendering';
import type { SocketReader } from './sockets';
import { refusalOf, stagnationOf } from './verdict';
import type { Volumes } from './volumes';
import { Deployment, Watch, isPodReady, livingPods } from './watch';

/** In milliseconds: pods that do not answer yet are asked again after as long, or when something happens to them. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 1_000;
/** What a ReplicaSet removes first when it has too many. */
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

type Report = (message: string) => void;

/** How long is waited, in milliseconds. */
export interface Timeouts {
  /** Until the process of a container runs. */
  start: number;
  /** From then on until it answers. */
  readiness: number;
  /** Until a namespace that is being removed is gone. */
  removal: number;
  /** For what may pass by itself: no node with room, a webhook that does not answer. */
  patience: number;
}

/** In seconds: longer than is waited for a pod that was made, so that it is something else that hangs. */
export function progressDeadline({ start, readiness }: Timeouts): number {
  return Math.ceil((start + readiness) / 1000) + 60;
}

/** Brings apps up beside the releases that run. */
export class Apps {
  readonly #cluster: Cluster;
  readonly #renderer: Renderer;
  readonly #volumes: Volumes;
  readonly #evidence: EvidenceReader;
  readonly #sockets: SocketReader;
  readonly #timeouts: Timeouts;
  readonly #root: string[];

  constructor(options: {
    cluster: Cluster;
    renderer: Renderer;
    volumes: Volumes;
    evidence: EvidenceReader;
    sockets: SocketReader;
    timeouts: Timeouts;
    /** Apps that run as the superuser. */
    root: string[];
  }) {
    this.#cluster = options.cluster;
    this.#renderer = options.renderer;
    this.#volumes = options.volumes;
    this.#evidence = options.evidence;
    this.#sockets = options.sockets;
    this.#timeouts = options.timeouts;
    this.#root = options.root;
  }

  /** Ends when all wanted replicas of the desired release answered; more of them are left alone. */
  async bringUp(
    { name: workspace, size }: DesiredWorkspace,
    app: DesiredApp,
    context: EngineContext,
    report: Report,
  ): Promise<void> {
    const { signal } = context;
    const name = releaseName(app.name, app.release);
    const reference = { ...kinds.Deployment, namespace: workspace, name };
    const found = await this.#cluster.get<Deployment>(reference, signal);
    const replicas = Math.max(found?.spec?.replicas ?? 0, app.replicas);
    const rendered = await this.#render(workspace, app, replicas, context);
    requireOwn(found, rendered.deployment);
    signal.throwIfAborted();
    const owner = { workspace, size, name: app.name };
    await this.#volumes.ensure(owner, app.volumes, report);
    await this.#make(name, rendered);
    if (found && !context.adopted) {
      await restartLooping(
        this.#cluster,
        {
          namespace: workspace,
          labels: selectors.release(app.name, app.release),
        },
        signal,
      );
    }
    if (!found) report(`${name}: created`);
    else if (found.metadata.labels?.[labels.specification] !== rendered.hash) {
      report(`${name}: changed`);
    }
    await this.#untilAnswers(workspace, app, rendered.hash, context, report);
  }

  /** Removes the replicas that are too many, the last ones first. */
  async scaleDown(
    { name: workspace }: DesiredWorkspace,
    app: DesiredApp,
    context: EngineContext,
    report: Report,
  ): Promise<void> {
    const name = releaseName(app.name, app.release);
    const reference = { ...kinds.Deployment, namespace: workspace, name };
    const found = await this.#cluster.get<Deployment>(reference);
    const present = found?.spec?.replicas ?? 0;
    if (!found || present <= app.replicas) return;
    const pods = await this.#pods(
      workspace,
      selectors.release(app.name, app.release),
    );
    for (const { metadata } of pods.slice(app.replicas)) {
      await this.#cluster.merge(
        { ...kinds.Pod, namespace: workspace, name: metadata.name ?? '' },
        { metadata: { annotations: { [DELETION_COST]: '-1' } } },
        context.signal,
      );
    }
    const rendered = await this.#render(workspace, app, app.replicas, context);
    await this.#make(name, rendered);
    report(`${name}: replicas ${present} -> ${app.replicas}`);
  }

  async #render(
    workspace: string,
    app: DesiredApp,
    replicas: number,
    context: EngineContext,
  ): Promise<RenderedApp> {
    return this.#renderer.app(workspace, app, replicas, context, {
      text: reference => context.secrets.resolve(reference),
      root: this.#root,
    });
  }

  async #make(name: string, rendered: RenderedApp): Promise<void> {
    const { environment, deployment } = rendered;
    for (const object of [environment, deployment]) {
      await this.#apply(object, `Could not make ${name}`);
    }
  }

  async #apply(object: ClusterObject, message: string): Promise<void> {
    try {
      await this.#cluster.apply(object);
    } catch (error) {
      throw clusterFailure(message, error);
    }
  }

  async #pods(
    namespace: string,
    selector: Record<string, string>,
  ): Promise<Pod[]> {
    const selection = { namespace, labels: selector };
    return livingPods(await this.#cluster.present<Pod>(kinds.Pod, selection));
  }

  async #untilAnswers(
    workspace: string,
    app: DesiredApp,
    hash: string,
    context: EngineContext,
    report: Report,
  ): Promise<void> {
    const watch = new Watch(this.#cluster, context.logger, context.signal, {
      namespace: workspace,
      labels: selectors.release(app.name, app.release),
      shared: true,
    });
    const pods = watch.of<Pod>(kinds.Pod);
    const deployments = watch.of<Deployment>(kinds.Deployment);
    const followed = new Map<string, PodReadiness>();
    const begun = Date.now();
    /** As the Deployment said at the first look: what held for an earlier attempt says nothing of this one. */
    let stagnantSince: { before?: number } | undefined;
    let wait = FIRST_PAUSE;
    try {
      for (;;) {
        watch.signal.throwIfAborted();
        const living = livingPods(pods.objects);
        const [current, earlier] = split(living, hash);
        if (watch.synced) {
          const [deployment] = deployments.objects;
          await this.#requireAllowed(deployment);
          stagnantSince ??= { before: stagnationIn(deployment)?.since };
          await Promise.all(
            current.map(pod =>
              this.#look(pod, app, followed, watch.signal, report),
            ),
          );
          const answered = current.filter(
            pod => isPodReady(pod) && followed.get(pod.metadata.uid ?? '')?.url,
          );
          if (answered.length >= app.replicas && earlier.length === 0) return;
          await this.#requireProgress(deployment, current, stagnantSince);
          const started = [...followed.values()].some(one => one.hasStarted);
          if (!started && Date.now() - begun >= this.#timeouts.start) {
            throw await this.#notStarted(app, current[0] ?? deployment);
          }
        }
        await watch.changed(wait);
        wait = Math.min(wait * 1.5, LONGEST_PAUSE);
      }
    } finally {
      watch.end();
    }
  }

  async #look(
    pod: Pod,
    app: DesiredApp,
    followed: Map<string, PodReadiness>,
    signal: AbortSignal,
    report: Report,
  ): Promise<void> {
    const { uid = '', name } = pod.metadata;
    const readiness =
      followed.get(uid) ??
      new PodReadiness({
        cluster: this.#cluster,
        evidence: this.#evidence,
        sockets: this.#sockets,
        app,
        timeout: this.#timeouts.readiness,
        patience: this.#timeouts.patience,
      });
    followed.set(uid, readiness);
    if (readiness.url) return;
    const hadStarted = readiness.hasStarted;
    await readiness.look(pod, signal);
    if (readiness.hasStarted && !hadStarted) report(`${name}: started`);
    if (readiness.url) report(`${name}: answers at ${readiness.url}`);
  }

  /** A quota, the pod security or a webhook may refuse the pods. */
  async #requireAllowed(deployment: Deployment | undefined): Promise<void> {
    if (!deployment || !isObserved(deployment)) return;
    const { patience } = this.#timeouts;
    const refused = refusalOf(deployment.status?.conditions, { patience });
    if (refused === undefined) return;
    const name = deployment.metadata.name ?? '';
    throw failure(`The pods of ${name} were refused`, [
      evidenceOf('event', name, refused),
    ]);
  }

  /** The cluster gives an app up where nobody makes or runs its pods. */
  async #requireProgress(
    deployment: Deployment | undefined,
    pods: Pod[],
    { before }: { before?: number },
  ): Promise<void> {
    const stagnation = stagnationIn(deployment);
    if (!stagnation || stagnation.since === before) return;
    const name = deployment?.metadata.name ?? '';
    const unready = pods.find(pod => !isPodReady(pod));
    throw failure(`${name} does not come up`, [
      ...(unready ? await this.#evidence.ofWaiting(unready) : []),
      evidenceOf('state', name, stagnation.message),
    ]);
  }

  async #notStarted(app: DesiredApp, seen: Pod | Deployment | undefined) {
    const name = releaseName(app.name, app.release);
    const message = `${name} did not start within ${
      this.#timeouts.start / 1000
    } s`;
    if (seen?.kind === 'Pod')
      return failure(message, await this.#evidence.ofWaiting(seen as Pod));
    const events = seen ? await this.#evidence.events(seen) : [];
    return failure(message, [
      evidenceOf('state', name, 'It has no pod'),
      ...eventEvidence(name, events),
    ]);
  }
}

/** Pods of the present specification, and those that are being replaced. */
function split(pods: Pod[], hash: string): [Pod[], Pod[]] {
  const isCurrent = ({ metadata }: Pod) =>
    metadata.labels?.[labels.specification] === hash;
  return [pods.filter(isCurrent), pods.filter(pod => !isCurrent(pod))];
}

/** Whether what its controller says is about the Deployment as it is now. */
function isObserved({ metadata, status }: Deployment): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

function stagnationIn(deployment: Deployment | undefined) {
  if (!deployment || !isObserved(deployment)) return undefined;
  return stagnationOf(deployment.status?.conditions);
}
