import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  Observation,
  WorkspaceObservation,
} from '@slipway/backstage-plugin-workspaces-node';
import { Bell, pause } from '@slipway/backstage-plugin-workspaces-node/engines';
import {
  Change,
  ClusterObject,
  Pod,
  ResourceKind,
  Seen,
  SharedReflectors,
  kinds,
} from '../client';
import { DriftWatch } from '../drift/DriftWatch';
import { textOf } from '../failures';
import type { Names } from './names';
import { observationOf } from './snapshot';
import type { UsageReader } from './usage';

/** In milliseconds: how often all is said to hold, and usage is read. */
const FLOOR = 15_000;
/** Changes come in groups: a pod is scheduled, its container made, its address given. */
const GROUPED_WITHIN = 50;
/** What runs ask about besides what is observed: the first one is not to begin by reading all of it. */
const ASKED_ABOUT: ResourceKind[] = [
  kinds.Job,
  kinds.TaskRun,
  kinds.EndpointSlice,
  kinds.PersistentVolumeClaim,
  kinds.Event,
];

/** One stream of what there is, for all workspaces of a cluster, over one watch for each kind. */
export class Observer {
  readonly #names: Names;
  readonly #logger: LoggerService;
  readonly #namespaces: Seen<ClusterObject>;
  readonly #pods: Seen<Pod>;
  readonly #usage: UsageReader;
  readonly #bell = new Bell();
  readonly #changed = new Set<string>();
  /** What was said last of each workspace, without the time. */
  readonly #said = new Map<string, string>();
  readonly #drift: DriftWatch;
  readonly #signal: AbortSignal;

  constructor(options: {
    /** As `noticing` keeps it. */
    shared: SharedReflectors;
    usage: UsageReader;
    names: Names;
    logger: LoggerService;
    /** Kind of the objects that lead host names to apps, where there are such. */
    routes?: ResourceKind;
    signal: AbortSignal;
  }) {
    const { shared, names, routes, signal } = options;
    this.#names = names;
    this.#logger = options.logger;
    this.#usage = options.usage;
    this.#signal = signal;
    const onChange = (workspace: string) => {
      this.#changed.add(workspace);
      this.#bell.ring();
    };
    const wake = (change?: Change<ClusterObject>) => {
      const workspace = change && names.workspaceOf(change.object);
      if (workspace) this.#changed.add(workspace);
      this.#bell.ring();
    };
    this.#namespaces = shared.watch(kinds.Namespace, wake, signal);
    this.#pods = shared.watch(kinds.Pod, wake, signal);
    this.#drift = new DriftWatch({ shared, names, routes, onChange, signal });
    for (const kind of ASKED_ABOUT) shared.watch(kind, () => {}, signal);
  }

  /** Until aborted; then it ends. */
  async *observe(): AsyncGenerator<Observation> {
    try {
      yield* this.#say(this.#signal);
    } catch (error) {
      if (!this.#signal.aborted) throw error;
    }
  }

  async *#say(signal: AbortSignal): AsyncGenerator<Observation> {
    let away = false;
    let nextFloor = 0;
    for (;;) {
      const lost = this.#lost();
      if (lost && !away) {
        away = true;
        this.#said.clear();
        const reason = textOf(lost.error);
        this.#logger.warn(`The cluster cannot be seen: ${reason}`);
        yield { type: 'unreachable', since: lost.since.toISOString(), reason };
      }
      if (!lost && this.#synced()) {
        if (away || Date.now() >= nextFloor) {
          away = false;
          void this.#readUsage(signal);
          nextFloor = Date.now() + FLOOR;
          yield* this.#all();
          yield { type: 'complete', at: new Date().toISOString() };
        } else {
          const changed = [...this.#changed];
          this.#changed.clear();
          for (const workspace of changed) yield* this.#one(workspace);
        }
      }
      const left = lost ? FLOOR : Math.max(0, nextFloor - Date.now());
      await this.#bell.wait(this.#synced() ? left : FLOOR, signal);
      await pause(GROUPED_WITHIN, signal);
    }
  }

  /** Nobody waits for it: the metrics may be slow to answer, and all else is said without them. */
  async #readUsage(signal: AbortSignal): Promise<void> {
    if (!(await this.#usage.read(signal))) return;
    for (const pod of this.#pods.objects) {
      const workspace = this.#names.workspaceOf(pod);
      if (workspace) this.#changed.add(workspace);
    }
    this.#bell.ring();
  }

  #lost() {
    return this.#namespaces.sight.unreachable ?? this.#pods.sight.unreachable;
  }

  #synced(): boolean {
    return this.#namespaces.sight.synced && this.#pods.sight.synced;
  }

  *#all(): Generator<Observation> {
    this.#changed.clear();
    const present = this.#namespaces.objects.flatMap(
      object => this.#names.workspaceOf(object) ?? [],
    );
    for (const workspace of new Set([...present, ...this.#said.keys()])) {
      yield* this.#one(workspace);
    }
  }

  /** Says a workspace if it is another than it was. */
  *#one(workspace: string): Generator<Observation> {
    const seen = this.#look(workspace);
    const text = JSON.stringify({ ...seen, at: undefined });
    if (this.#said.get(workspace) === text) return;
    if (seen.present) {
      this.#said.set(workspace, text);
    } else if (!this.#said.delete(workspace)) {
      return; // nobody was told that it was there
    }
    yield { type: 'workspace', workspace: seen };
  }

  #look(workspace: string): WorkspaceObservation {
    const isOf = (object: ClusterObject) =>
      this.#names.workspaceOf(object) === workspace;
    const namespace = this.#namespaces.objects.find(isOf);
    const drift = this.#drift.of(workspace, namespace);
    return {
      ...observationOf(
        workspace,
        this.#pods.objects.filter(isOf),
        namespace !== undefined,
        pod => this.#usage.known(pod),
      ),
      ...(drift ? { drift } : {}),
    };
  }
}
