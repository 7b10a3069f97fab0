import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Cluster, Selection } from './Cluster';
import {
  ClusterObject,
  Labels,
  ObjectReference,
  ResourceKind,
  hasLabels,
  kinds,
  labelSelector,
} from './objects';
import { Change, Reflector, Sight } from './Reflector';

/** In milliseconds: how long a kind is still watched that nobody asks about any more. */
const KEPT_FOR = 10 * 60_000;

/** What is told of a change; nothing where it is how well the kind is seen that has changed. */
type Wake = (change?: Change<ClusterObject>) => void;

/** The objects of a kind as they were seen last. */
export interface Seen<T> {
  readonly objects: T[];
  readonly sight: Sight;
}

/** Which objects are kept in sight. */
export interface SharedOptions {
  /** Of the objects; those with `null` have any value. */
  labels: Labels;
  logger: LoggerService;
  /** What is kept of an object. Default: all but who manages its fields */
  reduce?: (object: ClusterObject) => ClusterObject;
}

interface Shared {
  reflector: Reflector<ClusterObject>;
  wakes: Set<Wake>;
  askedAt: number;
  stop: AbortController;
}

/**
 * What a cluster has of some labels, over one watch for each kind that is asked about, however many ask. What was
 * just written through the cluster is known at once; what others do comes a moment later, as with every watch.
 * Events have no labels: all warnings of the cluster are kept.
 */
export class SharedReflectors {
  readonly #cluster: Cluster;
  readonly #logger: LoggerService;
  readonly #labels: Labels;
  readonly #reduce: ((object: ClusterObject) => ClusterObject) | undefined;
  readonly #kinds = new Map<string, Shared>();

  constructor(cluster: Cluster, options: SharedOptions) {
    this.#cluster = cluster;
    this.#labels = options.labels;
    this.#logger = options.logger;
    this.#reduce = options.reduce;
  }

  /** All objects of a kind. Until the signal, `wake` is called with each that is known, and that changes. */
  watch<T extends ClusterObject>(
    kind: ResourceKind,
    wake: Wake,
    signal: AbortSignal,
  ): Seen<T> {
    const shared = this.#of(kind);
    if (signal.aborted) return shared.reflector as unknown as Seen<T>;
    shared.wakes.add(wake);
    for (const object of shared.reflector.objects)
      wake({ type: 'seen', object });
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
    return this.known(kind)?.find(
      ({ metadata }) =>
        metadata.name === name && metadata.namespace === namespace,
    );
  }

  /** All objects of a kind; `undefined` while they cannot be seen. */
  known(kind: ResourceKind): ClusterObject[] | undefined {
    const { reflector } = this.#of(kind);
    const { synced, unreachable } = reflector.sight;
    return synced && !unreachable ? reflector.objects : undefined;
  }

  /** Takes an object as the API server gave it when it was written. */
  note(object: ClusterObject): void {
    if (hasLabels(object, this.#labels))
      this.#kinds.get(keyOf(object))?.reflector.note(object);
  }

  end(): void {
    for (const { stop } of this.#kinds.values()) stop.abort();
    this.#kinds.clear();
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
    const wakes = new Set<Wake>();
    const wakeAll: Wake = change => wakes.forEach(wake => wake(change));
    const stop = new AbortController();
    const reflector = new Reflector<ClusterObject>(this.#cluster, kind, {
      selection: this.#selectionOf(kind),
      logger: this.#logger,
      onChange: wakeAll,
      onSight: () => wakeAll(),
      reduce: kind.kind === kinds.Event.kind ? essence : this.#reduce,
    });
    void reflector.run(stop.signal);
    return { reflector, wakes, stop, askedAt: Date.now() };
  }

  #selectionOf({ kind }: ResourceKind): Selection {
    return kind === kinds.Event.kind
      ? { fieldSelector: 'type=Warning' }
      : { labelSelector: labelSelector(this.#labels) };
  }
}

/** What is read of an event: there may be very many. */
function essence(event: ClusterObject): ClusterObject {
  const { apiVersion, kind, metadata } = event;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const { involvedObject, type, reason, message } = event;
  const { count, firstTimestamp, lastTimestamp, eventTime, series } = event;
  return {
    ...{ apiVersion, kind, involvedObject, type, reason, message },
    ...{ count, firstTimestamp, lastTimestamp, eventTime, series },
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
  };
}

function keyOf({ apiVersion, kind }: ResourceKind): string {
  return `${apiVersion} ${kind}`;
}
