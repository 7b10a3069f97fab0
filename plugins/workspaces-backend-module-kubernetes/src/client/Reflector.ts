import type { LoggerService } from '@backstage/backend-plugin-api';
import { Bell, pause } from '@slipway/backstage-plugin-workspaces-node/engines';
import type { Cluster, Selection } from './Cluster';
import { ClusterError, isExpired, watchFailure } from './failure';
import { ClusterObject, ResourceKind, listPath } from './objects';
import { pauseBefore } from './retry';
import { stripped } from './transport';
import { WatchEvent, linesOf, parsed } from './watchLines';

/** The API server is asked to end a watch after as long, in seconds; each another time than the others. */
const WATCH_SECONDS = { least: 240, most: 300 };
/**
 * In milliseconds. A bookmark comes about each minute: a connection that is silent for longer is dead. It is known
 * before anybody who waits for an object gives up.
 */
const INACTIVITY = 90_000;
/** In milliseconds: so that an event that was lost for whatever reason costs time and never truth. */
const LIST_AGAIN_AFTER = 10 * 60_000;
/** In milliseconds: a watch that ends sooner, with nothing in it, is one that could not be had. */
const LASTS_FROM = 1_000;

/** How many objects are remembered that are gone: an answer to an earlier write may arrive after that. */
const GONE_REMEMBERED = 1_000;

/** What changed: an object as it is now, or as it was seen last before it was gone. */
export interface Change<T> {
  type: 'seen' | 'gone';
  object: T;
}

/** How well the objects are known. */
export interface Sight {
  /** All objects were read at least once. */
  synced: boolean;
  /** Since when the API server does not answer, and how it said so. */
  unreachable?: { since: Date; error: unknown };
}

/** A connection that stood broke: what was received before counts. */
class ConnectionEnded extends Error {
  readonly version: string;
  /** Whether it was of use for a while: then it is opened again at once. */
  readonly lasted: boolean;

  constructor(version: string, lasted: boolean, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.version = version;
    this.lasted = lasted;
  }
}

/**
 * Keeps the objects of a kind as they are: lists them, then watches from that version on. Whatever happens to
 * the connection, it is taken up again, and nothing but the signal ends it. What a listener throws is
 * written down and changes nothing.
 */
export class Reflector<T extends ClusterObject> {
  readonly #cluster: Cluster;
  readonly #kind: ResourceKind;
  readonly #selection: Selection;
  readonly #onChange: (change: Change<T>) => void;
  readonly #onSight: (sight: Sight) => void;
  readonly #logger: LoggerService;
  readonly #reduce: (object: T) => T;
  readonly #inactivity: number;
  readonly #objects = new Map<string, T>();
  /** By their uids, the latest ones last. */
  readonly #gone = new Set<string>();
  readonly #bell = new Bell();
  #sight: Sight = { synced: false };
  #running: Promise<void> | undefined;

  constructor(
    cluster: Cluster,
    kind: ResourceKind,
    options: {
      selection?: Selection;
      logger: LoggerService;
      onChange?: (change: Change<T>) => void;
      /** Told whenever it becomes or ceases to be synced or reachable. */
      onSight?: (sight: Sight) => void;
      /** What is kept of an object. Default: all but who manages its fields */
      reduce?: (object: T) => T;
      /** In milliseconds. */
      inactivity?: number;
    },
  ) {
    this.#cluster = cluster;
    this.#kind = kind;
    this.#selection = options.selection ?? {};
    this.#logger = options.logger;
    this.#onChange = options.onChange ?? (() => {});
    this.#onSight = options.onSight ?? (() => {});
    this.#reduce = options.reduce ?? stripped;
    this.#inactivity = options.inactivity ?? INACTIVITY;
  }

  /** All that there is, as it was seen last. */
  get objects(): T[] {
    return [...this.#objects.values()];
  }

  get sight(): Sight {
    return this.#sight;
  }

  /** Runs until aborted; a second call joins the first. */
  run(signal: AbortSignal): Promise<void> {
    this.#running ??= this.#loop(signal).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Takes an object as the API server gave it elsewhere, unless a later state of it is known, or that it is gone. */
  note(object: T): void {
    if (this.#gone.has(object.metadata.uid ?? '')) return;
    this.#put(this.#reduce({ ...object, metadata: { ...object.metadata } }));
    this.#bell.ring();
  }

  /** Waits until something changes, or the time is over. */
  async changed(milliseconds: number, signal: AbortSignal): Promise<void> {
    await this.#bell.wait(milliseconds, signal);
  }

  async #loop(signal: AbortSignal): Promise<void> {
    let version: string | undefined;
    let failures = 0;
    let listedAt = 0;
    while (!signal.aborted) {
      try {
        if (!version || Date.now() - listedAt > LIST_AGAIN_AFTER) {
          version = await this.#list(signal);
          listedAt = Date.now();
          this.#see({ synced: true });
        }
        version = await this.#watch(version, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ConnectionEnded) {
          version = error.version; // what came until then was seen
          this.#logger.debug(
            `Watching ${this.#kind.kind} anew: ${error.message}`,
          );
          if (error.lasted) {
            failures = 0;
            continue;
          }
        } else {
          if (isExpired(error)) {
            version = undefined;
            if (failures++ === 0) continue; // the list tells what the watch no longer can
          }
          this.#lose(error);
        }
        const cause = error instanceof ConnectionEnded ? error.cause : error;
        await pause(pauseBefore(failures, cause), signal).catch(() => {});
        failures += 1;
      }
    }
  }

  /** Reads all objects; those that are gone since are told as well. */
  async #list(signal: AbortSignal): Promise<string> {
    const { items, resourceVersion } = await this.#cluster.list<T>(
      this.#kind,
      this.#selection,
      signal,
      this.#reduce,
    );
    const present = new Set(items.map(({ metadata }) => metadata.uid));
    for (const known of this.objects) {
      const { uid, resourceVersion: version = '' } = known.metadata;
      const isGone = !present.has(uid) && !isNewer(version, resourceVersion);
      if (isGone) this.#remove(known); // else it was written after the list was read
    }
    items.forEach(item => this.#put(item));
    this.#bell.ring();
    return resourceVersion;
  }

  /** Until the connection ends. Gives the version up to which all was seen. */
  async #watch(from: string, signal: AbortSignal): Promise<string> {
    const { namespace, ...selectors } = this.#selection;
    const dead = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(
        () => dead.abort(new Error('The watch was silent for too long')),
        this.#inactivity,
      );
    };
    let begun: number | undefined;
    let version = from;
    let signs = 0;
    const lasted = () =>
      signs > 0 || (begun !== undefined && Date.now() - begun > LASTS_FROM);
    try {
      alive();
      const stream = await this.#cluster.stream({
        method: 'GET',
        path: listPath(this.#kind, namespace),
        query: {
          ...selectors,
          watch: true,
          allowWatchBookmarks: true,
          resourceVersion: from,
          timeoutSeconds: Math.round(
            WATCH_SECONDS.least +
              Math.random() * (WATCH_SECONDS.most - WATCH_SECONDS.least),
          ),
        },
        signal: AbortSignal.any([signal, dead.signal]),
      });
      begun = Date.now();
      this.#see({ synced: true });
      for await (const line of linesOf(stream)) {
        alive();
        const event = parsed<T>(line);
        // What it said comes again with the next connection, and would be lost to this one.
        if (!event)
          throw new Error(`No event of a watch: ${line.slice(0, 200)}`);
        if (event.type === 'ERROR') throw watchFailure(event.object);
        signs += 1;
        version = event.object.metadata.resourceVersion ?? version;
        this.#take(event);
      }
      if (lasted()) return version;
      throw new ClusterError('The API server ended the watch at once', {
        code: 'ECONNRESET',
      });
    } catch (error) {
      if (error instanceof ClusterError) {
        if (isExpired(error) || error.status !== undefined) throw error;
      }
      if (begun === undefined) throw error;
      throw new ConnectionEnded(version, lasted(), error);
    } finally {
      clearTimeout(timer);
      dead.abort();
    }
  }

  #take({ type, object }: WatchEvent<T>): void {
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') this.#remove(object);
    else this.#put(this.#reduce({ ...object, ...this.#kind }));
    this.#bell.ring();
  }

  /** An older version than the known one comes from a replica that lags behind: it is no news. */
  #put(object: T): void {
    const { uid = '', resourceVersion } = object.metadata;
    const known = this.#objects.get(uid)?.metadata.resourceVersion;
    if (known !== undefined && !isNewer(resourceVersion, known)) return;
    this.#gone.delete(uid); // it may only have lost its labels for a while
    this.#objects.set(uid, object);
    this.#tell({ type: 'seen', object });
  }

  #remove(object: T): void {
    const { uid = '' } = object.metadata;
    this.#gone.add(uid);
    const [oldest] = this.#gone;
    if (this.#gone.size > GONE_REMEMBERED) this.#gone.delete(oldest);
    if (this.#objects.delete(uid)) {
      this.#tell({ type: 'gone', object });
    }
  }

  #tell(change: Change<T>): void {
    try {
      this.#onChange(change);
    } catch (error) {
      this.#logger.error(
        `A listener for ${this.#kind.kind} failed`,
        error as Error,
      );
    }
  }

  #lose(error: unknown): void {
    this.#see({
      ...this.#sight,
      unreachable: this.#sight.unreachable ?? { since: new Date(), error },
    });
    this.#logger.debug(`Lost sight of ${this.#kind.kind}: ${String(error)}`);
  }

  #see(sight: Sight): void {
    const before = this.#sight;
    this.#sight = sight;
    if (
      before.synced === sight.synced &&
      before.unreachable?.since === sight.unreachable?.since
    ) {
      return;
    }
    this.#bell.ring();
    try {
      this.#onSight(sight);
    } catch (error) {
      this.#logger.error(
        `A listener for ${this.#kind.kind} failed`,
        error as Error,
      );
    }
  }
}

/** Versions are numbers that grow with each change, too large for a number of this language. */
function isNewer(version: string | undefined, than: string): boolean {
  try {
    return BigInt(version ?? '') > BigInt(than);
  } catch {
    return version !== than;
  }
}
