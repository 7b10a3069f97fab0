import type { LoggerService } from '@backstage/backend-plugin-api';
import type { CoreV1Event } from '@kubernetes/client-node';
import type { Bell } from '@slipway/backstage-plugin-workspaces-node/engines';
import {
  Cluster,
  ClusterObject,
  Pod,
  Seen,
  containerStatus,
  kinds,
} from '../client';
import { Watch, byAge } from '../engine/watch';
import { BUILD_CONTAINER } from './strategies';
import { TASK_RUN, TaskRun } from './taskRun';

export type ClusterEvent = CoreV1Event & ClusterObject;

/** Whether the container that builds has begun, so that there is something to read. */
export function hasBegun(pod: Pod): boolean {
  const state = containerStatus(pod, BUILD_CONTAINER)?.state;
  return state?.running !== undefined || state?.terminated !== undefined;
}

/** One TaskRun, its pod and the warnings about that, watched as long as a build is followed. */
export class TaskRunWatch {
  readonly #watch: Watch;
  readonly #runs: Seen<TaskRun>;
  readonly #pods: Seen<Pod>;
  readonly #events: Seen<ClusterEvent>;
  readonly #name: string;

  constructor(
    cluster: Cluster,
    { namespace, name }: { namespace: string; name: string },
    { logger, signal }: { logger: LoggerService; signal: AbortSignal },
  ) {
    this.#name = name;
    const all = { namespace, labels: {}, shared: true };
    this.#watch = new Watch(cluster, logger, signal, all);
    this.#runs = this.#watch.of(TASK_RUN);
    this.#pods = this.#watch.of(kinds.Pod, { 'tekton.dev/taskRun': name });
    this.#events = this.#watch.of(kinds.Event);
  }

  /** Rung with each change. */
  get bell(): Bell {
    return this.#watch.bell;
  }

  /** Whether all of it was read at least once. */
  get synced(): boolean {
    return this.#watch.synced;
  }

  get run(): TaskRun | undefined {
    return this.#runs.objects.find(
      ({ metadata }) => metadata.name === this.#name,
    );
  }

  /** Whether it is there no more: it was, before it was watched. */
  get isGone(): boolean {
    const { synced, unreachable } = this.#runs.sight;
    return synced && !unreachable && this.run === undefined;
  }

  /** The pod that runs, or ran last: Tekton makes another one of the same name where somebody deletes it. */
  get pod(): Pod | undefined {
    return this.#pods.objects.sort(byAge).at(-1);
  }

  /** What went wrong with the pod, the first sign first. */
  get warnings(): ClusterEvent[] {
    const pod = `${this.#name}-pod`;
    return this.#events.objects
      .filter(
        ({ type, involvedObject }) =>
          type === 'Warning' && involvedObject.name === pod,
      )
      .sort(byAge);
  }

  /** Waits until something changes, or the time is over. */
  async changed(milliseconds: number): Promise<void> {
    await this.#watch.changed(milliseconds);
  }

  end(): void {
    this.#watch.end();
  }
}
