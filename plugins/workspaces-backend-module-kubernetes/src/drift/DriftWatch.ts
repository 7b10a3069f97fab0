import type { DriftObservation } from '@slipway/backstage-plugin-workspaces-node';
import {
  Change,
  ClusterObject,
  ResourceKind,
  Seen,
  SharedReflectors,
  kinds,
} from '../client';
import type { Names } from '../engine/names';
import { missingObjects } from './missing';
import { driftIn } from './noticed';

/** In milliseconds: what belongs together is made and removed one after the other. */
const SETTLED_AFTER = 5_000;

/** What is looked at besides the namespaces. */
const WATCHED: ResourceKind[] = [
  kinds.Deployment,
  kinds.StatefulSet,
  kinds.Service,
  kinds.NetworkPolicy,
  kinds.ResourceQuota,
  kinds.LimitRange,
];

/** What others than the portal have changed in the objects of workspaces. */
export class DriftWatch {
  readonly #names: Names;
  readonly #onChange: (workspace: string) => void;
  readonly #seen: Seen<ClusterObject>[];
  readonly #objects = new Map<string, Map<string, ClusterObject>>();
  /** Since when, by workspace and object. */
  readonly #missing = new Map<string, number>();

  /** @param options.routes - Kind of the objects that lead host names to apps, where there are such. */
  constructor(options: {
    /** Of all that the portal has made, as `noticing` keeps it. */
    shared: SharedReflectors;
    names: Names;
    routes?: ResourceKind;
    onChange: (workspace: string) => void;
    signal: AbortSignal;
  }) {
    const { shared, routes, signal } = options;
    this.#names = options.names;
    this.#onChange = options.onChange;
    const all = routes ? [...WATCHED, routes] : WATCHED;
    this.#seen = all.map(kind =>
      shared.watch(kind, change => change && this.#take(change), signal),
    );
  }

  /** What drifted in a workspace; `undefined` where that is not known now. */
  of(
    workspace: string,
    namespace: ClusterObject | undefined,
  ): DriftObservation[] | undefined {
    const isSeen = this.#seen.every(
      ({ sight }) => sight.synced && !sight.unreachable,
    );
    if (!isSeen || !namespace) return undefined;
    if (namespace.metadata.deletionTimestamp) return [];
    const objects = [...(this.#objects.get(workspace)?.values() ?? [])];
    return [
      ...driftIn(namespace),
      ...objects
        .flatMap(driftIn)
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
    if (type === 'seen') known.set(key, object);
    else known.delete(key);
    if (known.size > 0) this.#objects.set(workspace, known);
    else this.#objects.delete(workspace);
    this.#onChange(workspace);
  }
}

function textOf({ object, field = '' }: DriftObservation): string {
  return `${object} ${field}`;
}
