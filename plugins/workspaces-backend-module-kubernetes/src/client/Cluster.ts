import { KubeConfig } from '@kubernetes/client-node';
import { Access, Credentials } from './credentials';
import { ClusterError, connectionFailure, isNotFound } from './failure';
import {
  ClusterObject,
  Labels,
  ObjectReference,
  ResourceKind,
  hasLabels,
  labelSelector,
  listPath,
  objectPath,
  referenceTo,
} from './objects';
import { withRetries } from './retry';
import { SharedOptions, SharedReflectors } from './SharedReflectors';
import {
  Body,
  ClusterRequest,
  FIELD_MANAGER,
  isUnauthorized,
  send,
  stripped,
} from './transport';

/** In milliseconds: the longest that a call may take without its repetitions. */
const CALL_TIMEOUT = 60_000;
/** Objects: to parse a page holds up everything else, so it is not to be large. */
const PAGE = 200;
/** Kinds of which the portal makes its own objects. */
const MADE_KINDS = new Set([
  'Service',
  'Deployment',
  'StatefulSet',
  'Job',
  'TaskRun',
]);
/** Kinds whose objects are the portal's own. What operators note on a namespace must be known at once. */
const KNOWN_KINDS = new Set([...MADE_KINDS, 'Pod']);
/** In milliseconds: how long a namespace that was made is taken to hold nothing that others have put there. */
const NEW_FOR = 60_000;

/** Which objects of a kind. */
export interface Selection {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

/** One page of objects, or all, with the version at which they were read. */
export interface ObjectList<T> {
  items: T[];
  resourceVersion: string;
}

/**
 * A cluster's API: one set of connections for all calls, each with a deadline, repeated where that is safe.
 * Failures are `ClusterError`s.
 */
export class Cluster {
  readonly #credentials: Credentials;
  #shared: SharedReflectors | undefined;
  /** When namespaces were made, in milliseconds of `performance.now()`. */
  readonly #madeAt = new Map<string, number>();

  /** @param load - Reads the kubeconfig; called again when the API server refuses the credentials. */
  constructor(load: () => KubeConfig) {
    this.#credentials = new Credentials(load);
  }

  /** By the kubeconfig at that path; without one from within the cluster, or as kubectl finds it. */
  static open(options: { kubeconfig?: string; context?: string }): Cluster {
    return new Cluster(() => {
      const config = new KubeConfig();
      if (options.kubeconfig) config.loadFromFile(options.kubeconfig);
      else config.loadFromDefault();
      if (options.context) config.setCurrentContext(options.context);
      return config;
    });
  }

  /**
   * Keeps what there is of some labels in sight: `get` then knows objects of the kinds in `KNOWN_KINDS` without
   * asking, as long as the cluster can be seen. A cluster has one portal: the first call decides about the labels.
   */
  share(options: SharedOptions): SharedReflectors {
    this.#shared ??= new SharedReflectors(this, options);
    return this.#shared;
  }

  /** What is kept in sight, where something is. */
  get shared(): SharedReflectors | undefined {
    return this.#shared;
  }

  /** Sends a request and gives the answer's object. */
  async call<T>(call: ClusterRequest): Promise<T> {
    const text = await this.text(call);
    return JSON.parse(text) as T;
  }

  /** Sends a request and gives the answer as text. */
  async text(call: ClusterRequest): Promise<string> {
    const repeatable = call.repeatable ?? call.method !== 'POST';
    return withRetries({ repeatable, signal: call.signal }, async () => {
      const late = AbortSignal.timeout(CALL_TIMEOUT);
      const signal = call.signal ? AbortSignal.any([call.signal, late]) : late;
      const body = await this.#send(call, 'calls', signal);
      return this.#read(body, call.signal);
    });
  }

  /** Opens a stream; it is silent as long as it likes, and ends with the signal. */
  async stream(call: ClusterRequest & { signal: AbortSignal }): Promise<Body> {
    return this.#send(call, 'streams', call.signal);
  }

  /** An object as it is; `undefined` if there is none. */
  async get<T extends ClusterObject>(
    reference: ObjectReference,
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    signal?.throwIfAborted();
    const known = KNOWN_KINDS.has(reference.kind)
      ? this.#shared?.find(reference)
      : undefined;
    if (known) return known as T;
    if (this.#isUntouched(reference)) return undefined;
    try {
      const path = objectPath(reference);
      const found = await this.call<T>({ method: 'GET', path, signal });
      this.#shared?.note(found); // what is kept in sight may lag behind
      return stripped(found);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /**
   * The portal's own objects of a kind in a namespace, by their labels: those that are kept in sight, or else asked
   * for. What others than the portal do may be known a moment later.
   */
  async present<T extends ClusterObject>(
    kind: ResourceKind,
    { namespace, labels }: { namespace: string; labels: Labels },
    signal?: AbortSignal,
  ): Promise<T[]> {
    signal?.throwIfAborted();
    const known = this.#shared?.known(kind) as T[] | undefined;
    if (known)
      return known.filter(
        object =>
          object.metadata.namespace === namespace && hasLabels(object, labels),
      );
    const selection = { namespace, labelSelector: labelSelector(labels) };
    return (await this.list<T>(kind, selection, signal)).items;
  }

  /**
   * All objects that are selected.
   *
   * @param reduce - Leaves out what is not wanted of each.
   */
  async list<T extends ClusterObject>(
    kind: ResourceKind,
    selection: Selection = {},
    signal?: AbortSignal,
    reduce: (object: T) => T = stripped,
  ): Promise<ObjectList<T>> {
    const { namespace, ...query } = selection;
    const items: T[] = [];
    let token: string | undefined;
    let resourceVersion = '';
    do {
      const page: {
        items: T[] | null;
        metadata: { resourceVersion?: string; continue?: string };
      } = await this.call({
        method: 'GET',
        path: listPath(kind, namespace),
        query: { ...query, limit: PAGE, continue: token },
        signal,
      });
      for (const item of page.items ?? []) {
        items.push(reduce({ ...item, ...kind })); // items of a list do not name their kind
      }
      token = page.metadata.continue || undefined;
      resourceVersion = page.metadata.resourceVersion ?? '';
    } while (token);
    return { items, resourceVersion };
  }

  /**
   * Makes the object so by server-side apply: what it does not say is left to others, what others said
   * of its fields is overruled.
   *
   * @param dryRun - Only gives what would come of it.
   */
  async apply<T extends ClusterObject>(
    object: T,
    { dryRun = false, signal }: { dryRun?: boolean; signal?: AbortSignal } = {},
  ): Promise<T> {
    const applied = await this.call<T>({
      method: 'PATCH',
      path: objectPath(referenceTo(object)),
      query: {
        fieldManager: FIELD_MANAGER,
        force: true,
        dryRun: dryRun ? 'All' : undefined,
      },
      body: object,
      contentType: 'application/apply-patch+yaml',
      signal,
    });
    if (!dryRun) this.#shared?.note(applied);
    return stripped(applied);
  }

  /** Changes some fields of an object that is there. */
  async merge<T extends ClusterObject>(
    reference: ObjectReference,
    change: object,
    signal?: AbortSignal,
  ): Promise<T> {
    const changed = await this.call<T>({
      method: 'PATCH',
      path: objectPath(reference),
      query: { fieldManager: FIELD_MANAGER },
      body: change,
      contentType: 'application/merge-patch+json',
      signal,
    });
    this.#shared?.note(changed);
    return stripped(changed);
  }

  /** Asks that the object be removed; `absent` where there is none. What it owns goes with it. */
  async delete(
    reference: ObjectReference,
    options: {
      propagation?: 'Background' | 'Foreground' | 'Orphan';
      /** In seconds. */
      grace?: number;
      /** Only if it is still this one. */
      uid?: string;
      signal?: AbortSignal;
    } = {},
  ): Promise<'asked' | 'absent'> {
    const { propagation = 'Background', grace, uid, signal } = options;
    if (reference.kind === 'Namespace') this.#madeAt.delete(reference.name);
    try {
      const left = await this.call<Partial<ClusterObject>>({
        method: 'DELETE',
        path: objectPath(reference),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: propagation,
          ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
          ...(uid ? { preconditions: { uid } } : {}),
        },
        signal,
      });
      // One that ends gracefully is there for a while, and is known to go.
      if (left.metadata?.uid) this.#shared?.note(left as ClusterObject);
      return 'asked';
    } catch (error) {
      if (isNotFound(error)) return 'absent';
      throw error;
    }
  }

  /**
   * Notes that the portal has just made a namespace. For a minute `get` then takes what is not in sight there not to
   * be there, where it is of a kind that the portal makes itself.
   */
  noteMade(namespace: string): void {
    for (const [other, at] of this.#madeAt)
      if (performance.now() - at >= NEW_FOR) this.#madeAt.delete(other);
    this.#madeAt.set(namespace, performance.now());
  }

  #isUntouched({ namespace = '', name: _, ...kind }: ObjectReference): boolean {
    const at = this.#madeAt.get(namespace);
    if (at === undefined || performance.now() - at >= NEW_FOR) return false;
    if (!MADE_KINDS.has(kind.kind)) return false;
    return this.#shared?.known(kind) !== undefined;
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#shared?.end();
    await this.#credentials.close();
  }

  /** A 401 is asked once more with credentials read anew: tokens end at any time. */
  async #send(
    call: ClusterRequest,
    way: 'calls' | 'streams',
    signal: AbortSignal,
  ): Promise<Body> {
    const access = await this.#access();
    try {
      return await send(call, access, access[way], signal);
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      this.#credentials.forget();
      const renewed = await this.#access();
      return send(call, renewed, renewed[way], signal);
    }
  }

  async #access(): Promise<Access> {
    try {
      return await this.#credentials.access();
    } catch (error) {
      throw new ClusterError(
        `The credentials of the cluster could not be read: ${String(
          error instanceof Error ? error.message : error,
        )}`,
        { code: 'CREDENTIALS', cause: error },
      );
    }
  }

  async #read(body: Body, signal?: AbortSignal): Promise<string> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of body) chunks.push(chunk as Buffer);
    } catch (error) {
      signal?.throwIfAborted();
      const { server } = await this.#access();
      throw connectionFailure(error, server);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}
