import type { LoggerService } from '@backstage/backend-plugin-api';
import type { DriftObservation } from '@slipway/backstage-plugin-workspaces-node';
import {
  Change,
  Cluster,
  ClusterObject,
  Reflector,
  ResourceKind,
  kinds,
} from '../client';
import type { Names } from '../engine/names';
import { driftOf } from './drift';
import { missingObjects } from './missing';

/** In milliseconds: what belongs together is made and removed one after the other. */
const SETTLED_AFTER = 5_000;

/** What is looked at besides the namespaces, whose watch is another one's. */
const WATCHED: ResourceKind[] = [
  kinds.Deployment,
  kinds.StatefulSet,
  kinds.Service,
  kinds.NetworkPolicy,
  kinds.ResourceQuota,
  kinds.LimitRange,
];

/** What is kept of an object: a cluster has many. */
export interface WatchedObject extends ClusterObject {
  drift: DriftObservation[];
  selector?: Record<string, string>;
  replicas?: number;
}

/** What others than the portal have changed in the objects of workspaces, over one watch for each kind. */
export class DriftWatch {
  readonly #names: Names;
  readonly #onChange: (workspace: string) => void;
  readonly #reflectors: Reflector<ClusterObject>[];
  readonly #objects = new Map<string, Map<string, WatchedObject>>();
  /** Since when, by workspace and object. */
  readonly #missing = new Map<string, number>();

  /** @param options.routes - Kind of the objects that lead host names to apps, where there are such. */
  constructor(options: {
    cluster: Cluster;
    names: Names;
    logger: LoggerService;
    /** Of all that the portal has made. */
    labelSelector: string;
    routes?: ResourceKind;
    onChange: (workspace: string) => void;
  }) {
    const { cluster, logger, labelSelector, routes } = options;
    this.#names = options.names;
    this.#onChange = options.onChange;
    const all = routes ? [...WATCHED, routes] : WATCHED;
    this.#reflectors = all.map(
      kind =>
        new Reflector<ClusterObject>(cluster, kind, {
          selection: { labelSelector },
          logger,
          reduce: watched,
          onChange: change => this.#take(change),
        }),
    );
  }

  run(signal: AbortSignal): void {
    for (const reflector of this.#reflectors) void reflector.run(signal);
  }

  /**
   * What drifted in a workspace; `undefined` where that is not known now.
   *
   * @param namespace - As `watched` has made it.
   */
  of(
    workspace: string,
    namespace: ClusterObject | undefined,
  ): DriftObservation[] | undefined {
    const isSeen = this.#reflectors.every(
      ({ sight }) => sight.synced && !sight.unreachable,
    );
    if (!isSeen || !namespace) return undefined;
    if (namespace.metadata.deletionTimestamp) return [];
    const objects = [...(this.#objects.get(workspace)?.values() ?? [])];
    return [
      ...(namespace as WatchedObject).drift,
      ...objects
        .flatMap(({ drift }) => drift)
        .sort((a, b) => textOf(a).localeCompare(textOf(b))),
      ...this.#settledMissing(workspace, missingObjects(objects)),
    ];
  }

  #settledMissing(workspace: string, missing: string[]): DriftObservation[] {
    const now = Date.now();
    for (const key of this.#missing.keys()) {
      const [of, object] = key.split('/');
      if (of === workspace && !missing.includes(object)) {
        this.#missing.delete(key);
      }
    }
    return missing.flatMap(object => {
      const key = `${workspace}/${object}`;
      const since = this.#missing.get(key) ?? now;
      this.#missing.set(key, since);
      if (now - since < SETTLED_AFTER) return [];
      return { object, at: new Date(since).toISOString() };
    });
  }

  #take({ type, object }: Change<ClusterObject>): void {
    const workspace = this.#names.workspaceOf(object);
    if (!workspace) return;
    const known = this.#objects.get(workspace) ?? new Map();
    const key = object.metadata.uid ?? '';
    if (type === 'seen') known.set(key, object as WatchedObject);
    else known.delete(key);
    if (known.size > 0) this.#objects.set(workspace, known);
    else this.#objects.delete(workspace);
    this.#onChange(workspace);
  }
}

/** What is kept of an object. */
export function watched(object: ClusterObject): WatchedObject {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, uid, resourceVersion, deletionTimestamp } = metadata;
  const spec = object.spec as
    | { selector?: Record<string, string>; replicas?: number }
    | undefined;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      deletionTimestamp,
      labels: metadata.labels,
    },
    drift: driftOf(object),
    ...(kind === 'Service' ? { selector: spec?.selector } : {}),
    ...(kind === 'Deployment' ? { replicas: spec?.replicas } : {}),
  };
}

function textOf({ object, field = '' }: DriftObservation): string {
  return `${object} ${field}`;
}
