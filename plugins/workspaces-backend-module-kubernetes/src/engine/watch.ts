import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  V1Deployment,
  V1Job,
  V1StatefulSet,
} from '@kubernetes/client-node';
import { Bell } from '@slipway/backstage-plugin-workspaces-node/engines';
import {
  Change,
  Cluster,
  ClusterError,
  ClusterObject,
  Labels,
  Pod,
  Reflector,
  ResourceKind,
  Seen,
  SharedReflectors,
  hasLabels,
  labelSelector,
} from '../client';
import { clusterFailure } from '../failures';

export type Deployment = V1Deployment & ClusterObject;
export type StatefulSet = V1StatefulSet & ClusterObject;
export type Job = V1Job & ClusterObject;

/** In milliseconds: rights that were just given are noticed sooner. */
const REFUSED_FOR = 30_000;
const REFUSALS = [401, 403];

/** Which objects are watched. */
export interface WatchSelection {
  namespace: string;
  labels: Labels;
  /**
   * Whether all work shares one watch of all workspaces. What others than the portal do is then known a moment later.
   */
  shared?: boolean;
}

/** Objects of some kinds and labels in one namespace, watched as long as some work is done. */
export class Watch {
  readonly #cluster: Cluster;
  readonly #logger: LoggerService;
  readonly #begun = Date.now();
  readonly #stop = new AbortController();
  readonly #bell = new Bell();
  readonly #seen: Seen<ClusterObject>[] = [];
  readonly #selection: WatchSelection;
  readonly signal: AbortSignal;

  constructor(
    cluster: Cluster,
    logger: LoggerService,
    signal: AbortSignal,
    selection: WatchSelection,
  ) {
    this.#cluster = cluster;
    this.#logger = logger;
    this.signal = AbortSignal.any([signal, this.#stop.signal]);
    this.#selection = selection;
  }

  /**
   * Begins to watch a kind.
   *
   * @param wanted - Labels, where not those of the whole watch: events have none.
   */
  of<T extends ClusterObject>(
    kind: ResourceKind,
    wanted = this.#selection.labels,
  ): Seen<T> {
    const shared = this.#selection.shared ? this.#cluster.shared : undefined;
    const seen = shared
      ? this.#ofShared<T>(shared, kind, wanted)
      : this.#ofOwn<T>(kind, wanted);
    this.#seen.push(seen as unknown as Seen<ClusterObject>);
    return seen;
  }

  #ofShared<T extends ClusterObject>(
    shared: SharedReflectors,
    kind: ResourceKind,
    wanted: Labels,
  ): Seen<T> {
    const { namespace } = this.#selection;
    const isSelected = (object: ClusterObject) =>
      object.metadata.namespace === namespace && hasLabels(object, wanted);
    const wake = (change?: Change<ClusterObject>) => {
      if (!change || isSelected(change.object)) this.#bell.ring();
    };
    const all = shared.watch<T>(kind, wake, this.signal);
    return {
      get objects() {
        return all.objects.filter(isSelected);
      },
      get sight() {
        return all.sight;
      },
    };
  }

  #ofOwn<T extends ClusterObject>(kind: ResourceKind, wanted: Labels): Seen<T> {
    const { namespace } = this.#selection;
    const ring = () => this.#bell.ring();
    const reflector = new Reflector<T>(this.#cluster, kind, {
      selection: { namespace, labelSelector: labelSelector(wanted) },
      logger: this.#logger,
      onChange: ring,
      onSight: ring,
    });
    void reflector.run(this.signal);
    return reflector;
  }

  /** Rung with each change. */
  get bell(): Bell {
    return this.#bell;
  }

  /** Whether all of it was read at least once. */
  get synced(): boolean {
    return this.#seen.every(({ sight }) => sight.synced);
  }

  /** Waits until something changes, or the time is over. Fails where the portal may not look. */
  async changed(milliseconds: number): Promise<void> {
    await this.#bell.wait(milliseconds, this.signal);
    for (const { sight } of this.#seen) {
      const { error, since } = sight.unreachable ?? {};
      const isRefused =
        error instanceof ClusterError && REFUSALS.includes(error.status ?? 0);
      const begun = Math.max(this.#begun, since?.getTime() ?? 0);
      if (isRefused && Date.now() - begun >= REFUSED_FOR)
        throw clusterFailure('The cluster does not let the portal look', error);
    }
  }

  end(): void {
    this.#stop.abort();
  }
}

/** Pods that are meant to live, those that were there first in front. */
export function livingPods(pods: Pod[]): Pod[] {
  return pods
    .filter(
      ({ metadata, status }) =>
        !metadata.deletionTimestamp &&
        !['Succeeded', 'Failed'].includes(status?.phase ?? ''),
    )
    .sort(byAge);
}

/** Those that were there first in front. */
export function byAge(a: ClusterObject, b: ClusterObject): number {
  const age = ({ metadata }: ClusterObject) =>
    new Date(metadata.creationTimestamp ?? 0).getTime();
  return (
    age(a) - age(b) ||
    (a.metadata.name ?? '').localeCompare(b.metadata.name ?? '')
  );
}

/** Whether the kubelet has found its port open, and services lead to it. */
export function isPodReady({ status }: Pod): boolean {
  return isTrue(status?.conditions, 'Ready');
}

/** Whether the condition of that type holds. */
export function isTrue(
  conditions: { type: string; status: string }[] = [],
  type: string,
): boolean {
  return conditions.some(
    condition => condition.type === type && condition.status === 'True',
  );
}
