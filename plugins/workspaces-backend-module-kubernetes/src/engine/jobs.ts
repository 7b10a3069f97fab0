import type { LoggerService } from '@backstage/backend-plugin-api';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type {
  EngineContext,
  EngineJob,
  JobEvent,
  WorkKey,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import {
  Cluster,
  ClusterObject,
  Pod,
  Seen,
  containerStatus,
  followPodLog,
  kinds,
  labelSelector,
} from '../client';
import { clusterFailure } from '../failures';
import { EvidenceReader, eventEvidence } from './evidence';
import { CONTAINER, Names, jobName, selectorOfWork, workHash } from './names';
import { foreign } from './ownership';
import { remove } from './prune';
import type { Renderer } from './rendering';
import { Verdict, exitOf, refusalIn } from './verdict';
import { Job, Watch } from './watch';

/** All in milliseconds. */
const LOOK_AGAIN = 1_000;
const GONE_WITHIN = 30_000;
/** In seconds: the shortest with which the kubelet still confirms the end. */
const CANCEL_GRACE = 1;

/**
 * Runs jobs to their end. A job stays until its workspace is made so by a later run, so that whoever
 * asks again with the same key reads the same log and the same end.
 */
export class Jobs {
  readonly #cluster: Cluster;
  readonly #renderer: Renderer;
  readonly #evidence: EvidenceReader;
  readonly #startTimeout: number;
  readonly #patience: number;

  constructor(options: {
    cluster: Cluster;
    renderer: Renderer;
    evidence: EvidenceReader;
    /** In milliseconds, until its process runs. */
    startTimeout: number;
    /** In milliseconds, for what may pass by itself before it starts. */
    patience: number;
  }) {
    this.#cluster = options.cluster;
    this.#renderer = options.renderer;
    this.#evidence = options.evidence;
    this.#startTimeout = options.startTimeout;
    this.#patience = options.patience;
  }

  async *run(job: EngineJob, context: EngineContext): AsyncGenerator<JobEvent> {
    const { signal, logger, key } = context;
    const watch = new Watch(this.#cluster, logger, signal, {
      namespace: job.workspace,
      labels: selectorOfWork(key),
      shared: true,
    });
    const pods = watch.of<Pod>(kinds.Pod);
    const jobs = watch.of<Job>(kinds.Job);
    try {
      const made = await this.#ensure(job, context);
      const pod = await this.#untilStarted(watch, pods, jobs, made);
      yield { type: 'started' };
      const source = {
        namespace: job.workspace,
        pod: pod.metadata.name ?? '',
        uid: pod.metadata.uid,
        container: CONTAINER,
      };
      for await (const { at, text } of followPodLog(this.#cluster, source, {
        signal,
      })) {
        yield { type: 'log', at, text };
      }
      yield await this.#end(watch, pods, pod);
    } finally {
      watch.end();
    }
  }

  /** One that has ended is not started again: a migration runs once. */
  async #ensure(job: EngineJob, context: EngineContext): Promise<Job> {
    const { signal, key } = context;
    const name = jobName(key);
    const reference = { ...kinds.Job, namespace: job.workspace, name };
    try {
      const found = await this.#cluster.get<Job>(reference, signal);
      if (found && found.metadata.labels?.[labels.work] !== workHash(key))
        throw foreign(found);
      if (found) return found;
      const rendered = await this.#renderer.job(job, context);
      signal.throwIfAborted();
      await this.#cluster.apply(rendered.environment);
      const made = await this.#cluster.apply(rendered.job);
      const { uid = '' } = made.metadata;
      const owner = { apiVersion: 'batch/v1', kind: 'Job', name, uid };
      await this.#cluster.apply({
        ...rendered.environment,
        metadata: {
          ...rendered.environment.metadata,
          ownerReferences: [owner],
        },
      });
      return made as Job;
    } catch (error) {
      signal.throwIfAborted();
      throw clusterFailure(`Could not make the job ${name}`, error);
    }
  }

  async #untilStarted(
    watch: Watch,
    pods: Seen<Pod>,
    jobs: Seen<Job>,
    made: Job,
  ): Promise<Pod> {
    const begun = Date.now();
    let seen = false;
    for (;;) {
      watch.signal.throwIfAborted();
      const [pod] = pods.objects;
      const job = jobs.objects.find(
        ({ metadata }) => metadata.uid === made.metadata.uid,
      );
      seen ||= job !== undefined;
      if (pod) {
        const status = containerStatus(pod, CONTAINER);
        const verdict = await this.#evidence.verdictOf(pod, {
          patience: this.#patience,
        });
        const ran = status?.state?.running ?? status?.state?.terminated;
        const began = ran && exitCodeOf(pod) !== 'never began';
        if (began) return pod;
        if (verdict)
          throw await this.#evidence.failureOf(pod, withText(pod, verdict));
      } else if (watch.synced) {
        await this.#lookWithoutPod(job ?? made, seen && !job);
      }
      if (Date.now() - begun >= this.#startTimeout) {
        throw failure(
          `The job ${made.metadata.name} did not start within ${
            this.#startTimeout / 1000
          } s`,
          pod
            ? await this.#evidence.ofWaiting(pod)
            : [evidenceOf('state', made.metadata.name ?? '', 'It has no pod')],
        );
      }
      await watch.changed(LOOK_AGAIN);
    }
  }

  /** A job says in its events only why it makes no pod. */
  async #lookWithoutPod(job: Job, vanished: boolean): Promise<void> {
    const name = job.metadata.name ?? '';
    if (vanished) {
      throw failure(`The job ${name} has vanished`, [
        evidenceOf('state', name, 'The job does not exist'),
      ]);
    }
    const events = await this.#evidence.warnings(job);
    const refused = refusalIn(events, { patience: this.#patience });
    if (!refused) return;
    throw failure(`The pod of the job ${name} was refused`, [
      evidenceOf('event', name, refused.message ?? ''),
      ...eventEvidence(name, events),
    ]);
  }

  async #end(
    watch: Watch,
    pods: Seen<Pod>,
    { metadata }: Pod,
  ): Promise<JobEvent> {
    for (;;) {
      watch.signal.throwIfAborted();
      const pod = pods.objects.find(one => one.metadata.uid === metadata.uid);
      if (!pod && watch.synced) {
        const name = metadata.name ?? '';
        throw failure(
          `The job ${metadata.labels?.[labels.work]} has vanished`,
          [evidenceOf('state', name, 'The pod does not exist any more')],
        );
      }
      const status = pod && containerStatus(pod, CONTAINER);
      const exit = status?.state?.terminated && exitOf(status);
      if (exit) {
        const { exitCode, outOfMemory } = exit;
        return { type: 'exit', exitCode, outOfMemory };
      }
      await watch.changed(LOOK_AGAIN);
    }
  }
}

/** The runtime could not even begin its process: nothing was run. */
function exitCodeOf(pod: Pod): 'never began' | undefined {
  const { reason } = containerStatus(pod, CONTAINER)?.state?.terminated ?? {};
  return reason === 'StartError' || reason === 'ContainerCannotRun'
    ? 'never began'
    : undefined;
}

/** What the runtime said is the first sign. */
function withText(pod: Pod, verdict: Verdict): Verdict {
  const status = containerStatus(pod, CONTAINER);
  const exit = status && exitOf(status);
  if (verdict.text !== undefined || !exit?.message) return verdict;
  return {
    ...verdict,
    text: exit.message,
    facts: { exitCode: exit.exitCode },
  };
}

/** Stops and removes the job of that key. */
export async function cancelJob(
  cluster: Cluster,
  names: Names,
  key: WorkKey,
  logger: LoggerService,
): Promise<void> {
  const namespace = key.workspace;
  const selection = {
    namespace,
    labelSelector: labelSelector({
      [labels.instance]: names.instance,
      [labels.work]: workHash(key),
    }),
  };
  const { items } = await cluster.list<ClusterObject>(kinds.Job, selection);
  for (const job of items) await remove(cluster, job);
  const pods = await cluster.list<Pod>(kinds.Pod, selection);
  for (const { metadata } of pods.items) {
    const pod = { ...kinds.Pod, namespace, name: metadata.name ?? '' };
    await cluster.delete(pod, { grace: CANCEL_GRACE });
  }
  if (items.length === 0) return;
  const deadline = AbortSignal.timeout(GONE_WITHIN);
  const watch = new Watch(cluster, logger, deadline, {
    namespace,
    labels: selectorOfWork(key),
  });
  await untilNoPods(watch);
}

async function untilNoPods(watch: Watch): Promise<void> {
  const pods = watch.of<Pod>(kinds.Pod);
  try {
    while (!watch.synced || pods.objects.length > 0) {
      await watch.changed(LOOK_AGAIN);
    }
  } finally {
    watch.end();
  }
}
