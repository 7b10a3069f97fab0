import type { LoggerService } from '@backstage/backend-plugin-api';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type {
  Observation,
  WorkspaceObservation,
} from '@slipway/backstage-plugin-workspaces-node';
import { Bell, pause } from '@slipway/backstage-plugin-workspaces-node/engines';
import {
  Cluster,
  ClusterObject,
  Pod,
  Reflector,
  ResourceKind,
  kinds,
  labelSelector,
} from '../client';
import { DriftWatch, watched } from '../drift/DriftWatch';
import { textOf } from '../failures';
import type { Names } from './names';
import { observationOf } from './snapshot';
import { UsageReader } from './usage';

/** In milliseconds: how often all is said to hold, and usage is read. */
const FLOOR = 15_000;
/** Changes come in groups: a pod is scheduled, its container made, its address given. */
const GROUPED_WITHIN = 50;

/** One stream of what there is, for all workspaces of a cluster, over one watch for each kind. */
export class Observer {
  readonly #names: Names;
  readonly #logger: LoggerService;
  readonly #namespaces: Reflector<ClusterObject>;
  readonly #pods: Reflector<Pod>;
  readonly #usage: UsageReader;
  readonly #bell = new Bell();
  readonly #changed = new Set<string>();
  /** What was said last of each workspace, without the time. */
  readonly #said = new Map<string, string>();

  readonly #drift: DriftWatch;

  /** @param routes - Kind of the objects that lead host names to apps, where there are such. */
  constructor(
    cluster: Cluster,
    names: Names,
    logger: LoggerService,
    routes?: ResourceKind,
  ) {
    this.#names = names;
    this.#logger = logger;
    const selector = labelSelector({
      [labels.instance]: names.instance,
      [labels.workspace]: null,
    });
    const changed = (workspace: string) => {
      this.#changed.add(workspace);
      this.#bell.ring();
    };
    const options = {
      selection: { labelSelector: selector },
      logger,
      onChange: ({ object }: { object: ClusterObject }) => {
        const workspace = names.workspaceOf(object);
        if (workspace) changed(workspace);
      },
      onSight: () => this.#bell.ring(),
    };
    this.#namespaces = new Reflector<ClusterObject>(cluster, kinds.Namespace, {
      ...options,
      reduce: watched,
    });
    this.#pods = new Reflector(cluster, kinds.Pod, options);
    this.#drift = new DriftWatch({
      cluster,
      names,
      logger,
      labelSelector: selector,
      routes,
      onChange: changed,
    });
    this.#usage = new UsageReader(cluster, selector);
  }

  /** Until aborted; then it ends. */
  async *observe(signal: AbortSignal): AsyncGenerator<Observation> {
    const stop = new AbortController();
    const watching = AbortSignal.any([signal, stop.signal]);
    void this.#namespaces.run(watching);
    void this.#pods.run(watching);
    this.#drift.run(watching);
    try {
      yield* this.#say(watching);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      stop.abort();
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
