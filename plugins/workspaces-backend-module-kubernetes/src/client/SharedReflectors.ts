import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Cluster } from './Cluster';
import {
  ClusterObject,
  ObjectReference,
  ResourceKind,
  labelSelector,
} from './objects';
import { Reflector, Sight } from './Reflector';

/** In milliseconds: how long a kind is still watched that nobody asks about any more. */
const KEPT_FOR = 10 * 60_000;

/** The objects of a kind as they were seen last. */
export interface Seen<T> {
  readonly objects: T[];
  readonly sight: Sight;
}

interface Shared {
  reflector: Reflector<ClusterObject>;
  wakes: Set<() => void>;
  askedAt: number;
  stop: AbortController;
}

/**
 * What a cluster has of some labels, over one watch for each kind that is asked about, however many ask. What was
 * just written through the cluster is known at once; what others do comes a moment later, as with every watch.
 */
export class SharedReflectors {
  readonly #cluster: Cluster;
  readonly #logger: LoggerService;
  readonly #labels: Record<string, string | null>;
  readonly #kinds = new Map<string, Shared>();

  /** @param options.labels - Of the objects; those with `null` have any value. */
  constructor(
    cluster: Cluster,
    options: { labels: Record<string, string | null>; logger: LoggerService },
  ) {
    this.#cluster = cluster;
    this.#labels = options.labels;
    this.#logger = options.logger;
  }

  /** All objects of a kind. Until the signal, `wake` is called whenever one of them changes. */
  watch<T extends ClusterObject>(
    kind: ResourceKind,
    wake: () => void,
    signal: AbortSignal,
  ): Seen<T> {
    const shared = this.#of(kind);
    if (signal.aborted) return shared.reflector as unknown as Seen<T>;
    shared.wakes.add(wake);
    signal.addEventListener(
      'abort',
      () => {
        shared.wakes.delete(wake);
        shared.askedAt = Date.now();
      },
      { once: true },
    );
    return shared.reflector as unknown as Seen<T>;
  }

  /** An object, as far as it is known now; `undefined` says nothing. */
  find({
    namespace,
    name,
    ...kind
  }: ObjectReference): ClusterObject | undefined {
    const { reflector } = this.#of(kind);
    const { synced, unreachable } = reflector.sight;
    if (!synced || unreachable) return undefined;
    return reflector.objects.find(
      ({ metadata }) =>
        metadata.name === name && metadata.namespace === namespace,
    );
  }

  /** Takes an object as the API server gave it when it was written. */
  note(object: ClusterObject): void {
    if (this.#selects(object))
      this.#kinds.get(keyOf(object))?.reflector.note(object);
  }

  end(): void {
    for (const { stop } of this.#kinds.values()) stop.abort();
    this.#kinds.clear();
  }

  #selects({ metadata }: ClusterObject): boolean {
    return Object.entries(this.#labels).every(([key, wanted]) => {
      const value = metadata.labels?.[key];
      return wanted === null ? value !== undefined : value === wanted;
    });
  }

  #of(kind: ResourceKind): Shared {
    const now = Date.now();
    const key = keyOf(kind);
    for (const [other, { wakes, askedAt, stop }] of this.#kinds) {
      if (other === key || wakes.size > 0 || now - askedAt < KEPT_FOR) continue;
      stop.abort();
      this.#kinds.delete(other);
    }
    const shared = this.#kinds.get(key) ?? this.#begin(kind);
    shared.askedAt = now;
    this.#kinds.set(key, shared);
    return shared;
  }

  #begin(kind: ResourceKind): Shared {
    const wakes = new Set<() => void>();
    const wakeAll = () => wakes.forEach(wake => wake());
    const stop = new AbortController();
    const reflector = new Reflector<ClusterObject>(this.#cluster, kind, {
      selection: { labelSelector: labelSelector(this.#labels) },
      logger: this.#logger,
      onChange: wakeAll,
      onSight: wakeAll,
    });
    void reflector.run(stop.signal);
    return { reflector, wakes, stop, askedAt: Date.now() };
  }
}

function keyOf({ apiVersion, kind }: ResourceKind): string {
  return `${apiVersion} ${kind}`;
}
