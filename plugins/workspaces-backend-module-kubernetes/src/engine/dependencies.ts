import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type {
  DesiredDependency,
  DesiredWorkspace,
  EngineContext,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, Pod, containerStatus, kinds } from '../client';
import { clusterFailure } from '../failures';
import { dependencyKinds } from './dependencyKinds';
import { ClusterEvent, EvidenceReader, eventEvidence } from './evidence';
import { restartLooping } from './looping';
import { CONTAINER, selectors } from './names';
import { requireOwn } from './ownership';
import { renderDependency } from './renderedDependency';
import type { Renderer } from './rendering';
import { refusalIn } from './verdict';
import type { Volumes } from './volumes';
import { StatefulSet, Watch, livingPods } from './watch';

/** In milliseconds: how soon one looks again without being woken. */
const LOOK_AGAIN = 1_000;
/** A data directory is made at the first start, which takes longer than that of an app. */
const TIMEOUT_FACTOR = 2;
/** Brings dependencies up: ready is one in which a login worked. The kubelet tries it, so that it stays known. */
export class Dependencies {
  readonly #cluster: Cluster;
  readonly #renderer: Renderer;
  readonly #volumes: Volumes;
  readonly #evidence: EvidenceReader;
  readonly #timeout: number;
  readonly #patience: number;

  constructor(options: {
    cluster: Cluster;
    renderer: Renderer;
    volumes: Volumes;
    evidence: EvidenceReader;
    /** In milliseconds. */
    readinessTimeout: number;
    /** In milliseconds, for what may pass by itself before it starts. */
    patience: number;
  }) {
    this.#cluster = options.cluster;
    this.#renderer = options.renderer;
    this.#volumes = options.volumes;
    this.#evidence = options.evidence;
    this.#timeout = options.readinessTimeout * TIMEOUT_FACTOR;
    this.#patience = options.patience;
  }

  async bringUp(
    { name: workspace, size }: DesiredWorkspace,
    dependency: DesiredDependency,
    context: EngineContext,
    report: (message: string) => void,
  ): Promise<void> {
    const { name } = dependency;
    const rendered = await renderDependency(
      this.#renderer,
      workspace,
      dependency,
      context,
      reference => context.secrets.resolve(reference),
    );
    const found = await this.#cluster.get<StatefulSet>(
      { ...kinds.StatefulSet, namespace: workspace, name },
      context.signal,
    );
    const { credentials, service, statefulSet } = rendered;
    requireOwn(found, statefulSet);
    context.signal.throwIfAborted();
    await this.#volumes.ensure(
      { workspace, size, name },
      [dependency.volume],
      report,
    );
    for (const object of [credentials, service, statefulSet]) {
      await this.#cluster.apply(object).catch(error => {
        throw clusterFailure(`Could not make ${name}`, error);
      });
    }
    if (found && !context.adopted) {
      const place = {
        namespace: workspace,
        labels: selectors.dependency(name),
      };
      await restartLooping(this.#cluster, place, context.signal);
    }
    if (!found) report(`${name}: created`);
    else if (found.metadata.labels?.[labels.specification] !== rendered.hash) {
      report(`${name}: changed`);
    }
    await this.#untilLogin(
      workspace,
      dependency,
      rendered.hash,
      context,
      report,
    );
    report(`${name}: logged in`);
  }

  async #untilLogin(
    workspace: string,
    dependency: DesiredDependency,
    hash: string,
    { logger, signal }: EngineContext,
    report: (message: string) => void,
  ): Promise<void> {
    const { name } = dependency;
    const watch = new Watch(this.#cluster, logger, signal, {
      namespace: workspace,
      labels: selectors.dependency(name),
      shared: true,
    });
    const pods = watch.of<Pod>(kinds.Pod);
    const sets = watch.of<StatefulSet>(kinds.StatefulSet);
    const begun = Date.now();
    let startedAnew: string | undefined;
    try {
      for (;;) {
        watch.signal.throwIfAborted();
        const [pod] = livingPods(pods.objects).filter(
          ({ metadata }) => metadata.labels?.[labels.specification] === hash,
        );
        if (pod && containerStatus(pod, CONTAINER)?.ready) return;
        const late = Date.now() - begun >= this.#timeout;
        const hasLetIn = pod && containerStatus(pod, CONTAINER)?.started;
        if (
          hasLetIn &&
          !startedAnew &&
          (await this.#refusal(pod, dependency))
        ) {
          // Only at the start the password is set.
          startedAnew = pod.metadata.uid;
          await this.#startAnew(pod, signal);
          report(`${name}: started anew, as it refuses the login`);
        } else if (pod && pod.metadata.uid !== startedAnew)
          await this.#look(pod, dependency, late);
        else if (watch.synced) {
          await this.#lookWithoutPod(sets.objects[0], dependency, late);
        }
        await watch.changed(LOOK_AGAIN);
      }
    } finally {
      watch.end();
    }
  }

  async #refusal(
    pod: Pod,
    dependency: DesiredDependency,
  ): Promise<ClusterEvent | undefined> {
    const events = await this.#evidence.warnings(pod);
    return events.find(event => isRefusedLogin(event, dependency));
  }

  async #startAnew({ metadata }: Pod, signal: AbortSignal): Promise<void> {
    const { namespace, name = '', uid } = metadata;
    await this.#cluster.delete(
      { ...kinds.Pod, namespace, name },
      { uid, signal },
    );
  }

  async #look(
    pod: Pod,
    dependency: DesiredDependency,
    late: boolean,
  ): Promise<void> {
    const { name, type } = dependency;
    const verdict = await this.#evidence.verdictOf(pod, {
      patience: this.#patience,
    });
    if (verdict) {
      const facts = { ...verdict.facts, dependency: name };
      throw await this.#evidence.failureOf(pod, { ...verdict, facts });
    }
    const events = late
      ? await this.#evidence.events(pod)
      : await this.#evidence.warnings(pod);
    const refusal = events.find(event => isRefusedLogin(event, dependency));
    if (!refusal && !late) return;
    if (!refusal && !hasRun(pod)) {
      const text = `${name} did not start within ${this.#timeout / 1000} s`;
      throw failure(text, await this.#evidence.ofWaiting(pod));
    }
    const logins = events.filter(isLogin);
    const said = refusal ?? logins[logins.length - 1];
    throw failure(
      refusal
        ? `${name} refused the login`
        : `${name} accepted no login within ${this.#timeout / 1000} s`,
      [
        evidenceOf('probe', pod.metadata.name ?? '', loginText(said), {
          facts: { dependency: name, type },
        }),
        ...(await this.#evidence.ofPod(pod)).evidence,
      ],
    );
  }

  /** A StatefulSet says in its events only why it makes no pod. */
  async #lookWithoutPod(
    set: StatefulSet | undefined,
    { name }: DesiredDependency,
    late: boolean,
  ): Promise<void> {
    const events = set ? await this.#evidence.warnings(set) : [];
    const refused = refusalIn(events, { patience: this.#patience });
    if (!refused && !late) return;
    const text = refused?.message ?? 'It has no pod';
    throw failure(`The pod of ${name} was not made`, [
      evidenceOf('event', name, text, { facts: { dependency: name } }),
      ...eventEvidence(name, events),
    ]);
  }
}

function hasRun(pod: Pod): boolean {
  const status = containerStatus(pod, CONTAINER);
  return (
    status?.state?.running !== undefined || (status?.restartCount ?? 0) > 0
  );
}

function isLogin({ reason, message = '' }: ClusterEvent): boolean {
  return reason === 'Unhealthy' && /probe failed/.test(message);
}

function isRefusedLogin(
  event: ClusterEvent,
  { type }: DesiredDependency,
): boolean {
  return isLogin(event) && dependencyKinds[type].isRefusal(event.message ?? '');
}

function loginText(event: ClusterEvent | undefined): string {
  const text = event?.message ?? 'No login was tried: it did not run';
  return text.replace(/^\w+ probe failed: /, '').trim();
}
