import { isDeepStrictEqual } from 'node:util';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  DesiredWorkspace,
  WorkKey,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, ClusterObject, Reflector, kinds } from '../client';
import { clusterFailure } from '../failures';
import { foreign } from './ownership';
import {
  APPS_ANNOTATION,
  PlaceOptions,
  ROOT_ANNOTATION,
  renderNamespace,
  renderPlace,
} from './place';
import { untilQuotaCounts } from './quotaCount';

export type Namespace = ClusterObject & {
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; message?: string }[];
  };
};

/** The namespaces of workspaces, with what stands in them before anything runs. */
export class Places {
  readonly #cluster: Cluster;
  readonly #options: PlaceOptions;
  readonly #removalTimeout: number;
  readonly #logger: LoggerService;
  /** What was made last, by the workspace. */
  readonly #made = new Map<string, MadePlace>();

  /** @param removalTimeout - In milliseconds. */
  constructor(
    cluster: Cluster,
    options: PlaceOptions,
    removalTimeout: number,
    logger: LoggerService,
  ) {
    this.#cluster = cluster;
    this.#options = options;
    this.#removalTimeout = removalTimeout;
    this.#logger = logger;
  }

  /** The namespace of a workspace of this portal; `undefined` if there is none. */
  async find(
    workspace: string,
    signal?: AbortSignal,
  ): Promise<Namespace | undefined> {
    const found = await this.#cluster.get<Namespace>(
      { ...kinds.Namespace, name: workspace },
      signal,
    );
    if (!found) return undefined;
    return this.#options.names.workspaceOf(found) === workspace
      ? found
      : undefined;
  }

  /**
   * All objects of a place.
   *
   * @param apps - Which it ever had, as far as its namespace does not say so.
   */
  render(
    desired: DesiredWorkspace,
    found: Namespace | undefined,
    apps: string[] = desired.apps.map(({ name }) => name),
  ): ClusterObject[] {
    const all = new Set([...appsOf(found), ...apps]);
    return [
      renderNamespace(desired, this.#options, {
        apps: [...all].sort(),
        root: rootAppsOf(found),
      }),
      ...renderPlace(desired, this.#options),
    ];
  }

  /**
   * Makes the place, once for all stages of an attempt: each needs it, and none changes it.
   *
   * @returns The namespace as it was before.
   */
  async ensure(
    desired: DesiredWorkspace,
    { key, signal }: { key: WorkKey; signal: AbortSignal },
    report: (message: string) => void,
  ): Promise<Namespace | undefined> {
    const { name } = desired;
    const before = this.#made.get(name);
    const made = before && isMadeFor(before, key) ? before : undefined;
    this.#made.delete(name);
    const found = made ? made.found : await this.#requireOwn(name, signal);
    const apps = [
      ...(made?.apps ?? []),
      ...desired.apps.map(({ name: app }) => app),
    ];
    const objects = this.render(desired, found, apps);
    for (const object of objects) {
      if (made?.objects.some(other => isDeepStrictEqual(other, object)))
        continue;
      signal.throwIfAborted();
      await this.#cluster.apply(object).catch(error => {
        throw clusterFailure(
          `Could not make the ${object.kind} of ${name}`,
          error,
        );
      });
    }
    if (!found && !made) {
      report(`${name}: namespace created`);
      this.#cluster.noteMade(name);
      await untilQuotaCounts(this.#cluster, name, {
        logger: this.#logger,
        signal,
      });
    }
    const { run, attempt } = key;
    this.#made.set(name, { run, attempt, found, apps, objects });
    return found;
  }

  /** Whoever asks for it next looks at the cluster again. */
  forget(workspace: string): void {
    this.#made.delete(workspace);
  }

  /** A namespace that just goes is waited for: its name is free afterwards. */
  async #requireOwn(
    name: string,
    signal: AbortSignal,
  ): Promise<Namespace | undefined> {
    const reference = { ...kinds.Namespace, name };
    const there = await this.#cluster
      .get<Namespace>(reference, signal)
      .catch(error => {
        signal.throwIfAborted();
        throw clusterFailure(`Could not look at the namespace ${name}`, error);
      });
    if (!there) return undefined;
    if (this.#options.names.workspaceOf(there) !== name) throw foreign(there);
    if (!there.metadata.deletionTimestamp) return there;
    const left = await this.untilGone(name, signal);
    if (!left) return undefined;
    const text = `The namespace ${name} is being removed and does not go`;
    throw failure(text, [evidenceOf('state', name, `${text}: ${left}`)]);
  }

  /** What keeps a namespace that is being removed; `undefined` once it is gone. */
  async untilGone(
    name: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const stop = new AbortController();
    const watching = AbortSignal.any([signal, stop.signal]);
    const reflector = new Reflector<Namespace>(this.#cluster, kinds.Namespace, {
      selection: { fieldSelector: `metadata.name=${name}` },
      logger: this.#logger,
    });
    const running = reflector.run(watching);
    const deadline = Date.now() + this.#removalTimeout;
    try {
      for (;;) {
        if (reflector.sight.synced && reflector.objects.length === 0)
          return undefined;
        const left = deadline - Date.now();
        if (left <= 0) break;
        await reflector.changed(left, watching);
      }
    } finally {
      stop.abort();
      await running;
    }
    const found = await this.find(name);
    return found && whatKeeps(found);
  }
}

/** A place as it was made for an attempt of a run. */
interface MadePlace extends Pick<WorkKey, 'run' | 'attempt'> {
  /** The namespace before. */
  found: Namespace | undefined;
  /** Those of all stages until now: each knows its own, and what serves. */
  apps: string[];
  objects: ClusterObject[];
}

function isMadeFor({ run, attempt }: MadePlace, key: WorkKey): boolean {
  return run === key.run && attempt === key.attempt;
}

/** Which apps a workspace ever had. */
export function appsOf(found: Namespace | undefined): string[] {
  return listed(found, APPS_ANNOTATION);
}

/** Which of its apps run as the superuser. */
export function rootAppsOf(found: Namespace | undefined): string[] {
  return listed(found, ROOT_ANNOTATION);
}

function listed(found: Namespace | undefined, annotation: string): string[] {
  const noted = found?.metadata.annotations?.[annotation] ?? '';
  return noted
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '');
}

/** The conditions name the resources and finalizers that are left. */
function whatKeeps({ metadata, status }: Namespace): string {
  const said = (status?.conditions ?? [])
    .filter(condition => condition.status === 'True' && condition.message)
    .map(({ type, message }) => `${type}: ${message}`);
  const finalizers = metadata.finalizers ?? [];
  return (
    [...said, ...finalizers.map(name => `finalizer ${name}`)].join('\n') ||
    'It has not gone in time'
  );
}
