import type { LoggerService } from '@backstage/backend-plugin-api';
import type { CoreV1Event } from '@kubernetes/client-node';
import { Bell } from '@slipway/backstage-plugin-workspaces-node/engines';
import {
  Cluster,
  ClusterObject,
  Pod,
  Reflector,
  ResourceKind,
  Selection,
  containerStatus,
  kinds,
} from '../client';
import { BUILD_CONTAINER } from './strategies';
import { TASK_RUN, TaskRun } from './taskRun';

export type ClusterEvent = CoreV1Event & ClusterObject;

function timeOf({ metadata }: ClusterObject): number {
  return new Date(metadata.creationTimestamp ?? 0).getTime();
}

/** Whether the container that builds has begun, so that there is something to read. */
export function hasBegun(pod: Pod): boolean {
  const state = containerStatus(pod, BUILD_CONTAINER)?.state;
  return state?.running !== undefined || state?.terminated !== undefined;
}

/** One TaskRun, its pod and the warnings about that, watched as long as a build is followed. */
export class TaskRunWatch {
  readonly #bell = new Bell();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #runs: Reflector<TaskRun>;
  readonly #pods: Reflector<Pod>;
  readonly #events: Reflector<ClusterEvent>;
  readonly #name: string;

  constructor(
    cluster: Cluster,
    { namespace, name }: { namespace: string; name: string },
    options: { logger: LoggerService; signal: AbortSignal },
  ) {
    const { logger, signal } = options;
    this.#name = name;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    const watched = <T extends ClusterObject>(
      kind: ResourceKind,
      selection: Selection,
    ) => {
      const ring = () => this.#bell.ring();
      const reflector = new Reflector<T>(cluster, kind, {
        selection: { namespace, ...selection },
        logger,
        onChange: ring,
        onSight: ring,
      });
      reflector.run(this.#signal);
      return reflector;
    };
    this.#runs = watched(TASK_RUN, { fieldSelector: `metadata.name=${name}` });
    this.#pods = watched(kinds.Pod, {
      labelSelector: `tekton.dev/taskRun=${name}`,
    });
    this.#events = watched(kinds.Event, {
      fieldSelector: `involvedObject.name=${name}-pod,type=Warning`,
    });
  }

  /** Rung with each change. */
  get bell(): Bell {
    return this.#bell;
  }

  /** Whether all of it was read at least once. */
  get synced(): boolean {
    return [this.#runs, this.#pods, this.#events].every(
      ({ sight }) => sight.synced,
    );
  }

  get run(): TaskRun | undefined {
    return this.#runs.objects.find(
      ({ metadata }) => metadata.name === this.#name,
    );
  }

  /** Whether it is there no more: it was, before it was watched. */
  get isGone(): boolean {
    return this.#runs.sight.synced && this.run === undefined;
  }

  /** The pod that runs, or ran last: Tekton makes another one of the same name where somebody deletes it. */
  get pod(): Pod | undefined {
    return this.#pods.objects.sort((a, b) => timeOf(a) - timeOf(b)).at(-1);
  }

  /** What went wrong with the pod, the first sign first. */
  get warnings(): ClusterEvent[] {
    return this.#events.objects.sort((a, b) => timeOf(a) - timeOf(b));
  }

  /** Waits until something changes, or the time is over. */
  async changed(milliseconds: number): Promise<void> {
    await this.#bell.wait(milliseconds, this.#signal);
  }

  end(): void {
    this.#stop.abort();
  }
}
