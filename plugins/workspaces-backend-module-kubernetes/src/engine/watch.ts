import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  V1Deployment,
  V1Job,
  V1StatefulSet,
} from '@kubernetes/client-node';
import { Bell } from '@slipway/backstage-plugin-workspaces-node/engines';
import {
  Cluster,
  ClusterObject,
  Pod,
  Reflector,
  ResourceKind,
  labelSelector,
} from '../client';

export type Deployment = V1Deployment & ClusterObject;
export type StatefulSet = V1StatefulSet & ClusterObject;
export type Job = V1Job & ClusterObject;

/** Objects of some kinds and labels in one namespace, watched as long as some work is done. */
export class Watch {
  readonly #cluster: Cluster;
  readonly #logger: LoggerService;
  readonly #stop = new AbortController();
  readonly #bell = new Bell();
  readonly #reflectors: Reflector<ClusterObject>[] = [];
  readonly #selection: { namespace: string; labelSelector: string };
  readonly signal: AbortSignal;

  constructor(
    cluster: Cluster,
    logger: LoggerService,
    signal: AbortSignal,
    selection: { namespace: string; labels: Record<string, string> },
  ) {
    this.#cluster = cluster;
    this.#logger = logger;
    this.signal = AbortSignal.any([signal, this.#stop.signal]);
    this.#selection = {
      namespace: selection.namespace,
      labelSelector: labelSelector(selection.labels),
    };
  }

  /** Begins to watch a kind. */
  of<T extends ClusterObject>(kind: ResourceKind): Reflector<T> {
    const ring = () => this.#bell.ring();
    const reflector = new Reflector<T>(this.#cluster, kind, {
      selection: this.#selection,
      logger: this.#logger,
      onChange: ring,
      onSight: ring,
    });
    this.#reflectors.push(reflector as unknown as Reflector<ClusterObject>);
    void reflector.run(this.signal);
    return reflector;
  }

  /** Whether all of it was read at least once. */
  get synced(): boolean {
    return this.#reflectors.every(({ sight }) => sight.synced);
  }

  /** Waits until something changes, or the time is over. */
  async changed(milliseconds: number): Promise<void> {
    await this.#bell.wait(milliseconds, this.signal);
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
