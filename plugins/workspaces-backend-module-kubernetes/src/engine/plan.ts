import { isDeepStrictEqual } from 'node:util';
import {
  labels,
  PlanChange,
} from '@slipway/backstage-plugin-workspaces-common';
import type {
  DesiredApp,
  DesiredWorkspace,
  EngineContext,
} from '@slipway/backstage-plugin-workspaces-node';
import { appOf } from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, ClusterObject, kinds } from '../client';
import { clusterFailure } from '../failures';
import { renderAdmission } from '../endpoints/objects';
import type { Names } from './names';
import { Places, rootAppsOf } from './places';
import { Parts, labelOf, readParts } from './prune';
import { renderDependency } from './renderedDependency';
import { Renderer, versionText } from './rendering';
import type { Volumes } from './volumes';
import type { Deployment, StatefulSet } from './watch';

const NO_PARTS: Parts = {
  deployments: [],
  statefulSets: [],
  services: [],
  jobs: [],
  doors: [],
};

type Difference = Pick<PlanChange, 'action' | 'detail'>;

/** Says what an `apply` of `all` would change, by what the API server says would come of it. */
export class Planner {
  readonly #cluster: Cluster;
  readonly #names: Names;
  readonly #places: Places;
  readonly #renderer: Renderer;
  readonly #volumes: Volumes;

  constructor(options: {
    cluster: Cluster;
    names: Names;
    places: Places;
    renderer: Renderer;
    volumes: Volumes;
  }) {
    this.#cluster = options.cluster;
    this.#names = options.names;
    this.#places = options.places;
    this.#renderer = options.renderer;
    this.#volumes = options.volumes;
  }

  /** @param app - All that is asked about. */
  async plan(
    desired: DesiredWorkspace,
    context: EngineContext,
    app?: string,
  ): Promise<PlanChange[]> {
    const place = await this.#places.find(desired.name, context.signal);
    const root = rootAppsOf(place);
    if (app) return [await this.#appChange(desired, app, root, context)];
    const parts: Parts = place
      ? await readParts(this.#cluster, this.#names, desired.name)
      : NO_PARTS;
    const changes: PlanChange[] = [];
    for (const object of this.#places.render(desired, place)) {
      const { kind, metadata } = object;
      if (kind === 'Secret') continue; // the portal may write secrets and not read them
      const name = metadata.name ?? '';
      changes.push({ kind, name, ...(await this.#compare(object, !!place)) });
    }
    changes.push(...(await this.#volumes.plan(desired, !!place)));
    changes.push(...(await this.#dependencyChanges(desired, parts, context)));
    changes.push(...(await this.#appChanges(desired, parts, root, context)));
    changes.push(...(await this.#doorChanges(desired, parts, !!place)));
    return changes;
  }

  /** Where apps are reached is changed by `publish`; what `apply` changes is whether they may be. */
  async #doorChanges(
    desired: DesiredWorkspace,
    { doors }: Parts,
    isThere: boolean,
  ): Promise<PlanChange[]> {
    const changes: PlanChange[] = [];
    for (const { name: app } of desired.apps) {
      const target = { workspace: desired.name, app };
      const policy = renderAdmission(this.#names, target);
      const { kind, metadata } = policy;
      const difference = await this.#compare(policy, isThere);
      changes.push({ kind, name: metadata.name, ...difference });
    }
    const wanted = new Set(desired.apps.map(({ name }) => name));
    for (const door of doors) {
      if (wanted.has(labelOf(door, labels.app))) continue;
      const { kind, metadata } = door;
      changes.push({ action: 'remove', kind, name: metadata.name ?? '' });
    }
    return changes;
  }

  async #dependencyChanges(
    desired: DesiredWorkspace,
    { statefulSets }: Parts,
    context: EngineContext,
  ): Promise<PlanChange[]> {
    const changes: PlanChange[] = [];
    const wanted = new Set(desired.dependencies.map(({ name }) => name));
    for (const dependency of desired.dependencies) {
      const { name, image } = dependency;
      const rendered = await renderDependency(
        this.#renderer,
        desired.name,
        dependency,
        context,
        versionText(context),
      );
      const found = statefulSets.find(
        object => labelOf(object, labels.dependency) === name,
      ) as StatefulSet | undefined;
      changes.push({
        kind: 'dependency',
        name,
        ...(found
          ? await this.#difference(found, rendered.statefulSet, rendered.hash)
          : { action: 'create', detail: image }),
      });
    }
    for (const object of statefulSets) {
      const name = labelOf(object, labels.dependency);
      if (wanted.has(name)) continue;
      const detail = 'its volume is kept';
      changes.push({ action: 'remove', kind: 'dependency', name, detail });
    }
    return changes;
  }

  async #appChanges(
    desired: DesiredWorkspace,
    { deployments }: Parts,
    root: string[],
    context: EngineContext,
  ): Promise<PlanChange[]> {
    const changes: PlanChange[] = [];
    for (const { name } of desired.apps) {
      changes.push(await this.#appChange(desired, name, root, context));
    }
    const wanted = new Set(desired.apps.map(({ name }) => name));
    const present = new Set(
      deployments.map(object => labelOf(object, labels.app)),
    );
    for (const name of present) {
      if (!wanted.has(name)) {
        changes.push({ action: 'remove', kind: 'app', name });
      }
    }
    return changes;
  }

  async #appChange(
    desired: DesiredWorkspace,
    name: string,
    root: string[],
    context: EngineContext,
  ): Promise<PlanChange> {
    const app = appOf(desired, name);
    const found = await this.#cluster.present<Deployment>(kinds.Deployment, {
      namespace: desired.name,
      labels: { ...this.#names.workspace(desired.name), [labels.app]: name },
    });
    const difference = await this.#appDifference(
      desired.name,
      app,
      found,
      root,
      context,
    );
    return { kind: 'app', name, ...difference };
  }

  async #appDifference(
    workspace: string,
    app: DesiredApp,
    all: Deployment[],
    root: string[],
    context: EngineContext,
  ): Promise<Difference> {
    const found = all.filter(({ spec }) => (spec?.replicas ?? 0) > 0);
    if (found.length === 0) {
      return app.replicas === 0
        ? { action: 'keep' }
        : { action: 'create', detail: `release ${app.release}` };
    }
    const releaseOf = (object: Deployment) => labelOf(object, labels.release);
    const others = found
      .map(releaseOf)
      .filter(release => release !== String(app.release));
    if (others.length > 0) {
      const detail = `release ${others.join(', ')} -> ${app.release}`;
      return { action: 'change', detail };
    }
    const [deployment] = found;
    const replicas = deployment.spec?.replicas ?? 0;
    if (replicas !== app.replicas) {
      const detail = `replicas ${replicas} -> ${app.replicas}`;
      return { action: 'change', detail };
    }
    const rendered = await this.#renderer.app(
      workspace,
      app,
      replicas,
      context,
      { text: versionText(context), root },
    );
    return this.#difference(deployment, rendered.deployment, rendered.hash);
  }

  /** The hash also tells that a secret value is another; the dry run, that somebody changed what is there. */
  async #difference(
    found: Deployment | StatefulSet,
    wanted: ClusterObject,
    hash: string,
  ): Promise<Difference> {
    if (labelOf(found, labels.specification) !== hash) {
      return { action: 'change', detail: 'configuration' };
    }
    return this.#compare(wanted, true);
  }

  /** Without its namespace an object cannot be tried. */
  async #compare(
    wanted: ClusterObject,
    namespaceIsThere: boolean,
  ): Promise<Difference> {
    const { metadata, apiVersion, kind } = wanted;
    const { name = '', namespace } = metadata;
    if (namespace && !namespaceIsThere) return { action: 'create' };
    const found = await this.#cluster.get({
      apiVersion,
      kind,
      namespace,
      name,
    });
    try {
      const after = await this.#cluster.apply(wanted, { dryRun: true });
      if (!found) return { action: 'create' };
      return isDeepStrictEqual(content(found), content(after))
        ? { action: 'keep' }
        : { action: 'change', detail: 'configuration' };
    } catch (error) {
      throw clusterFailure(`${kind} ${name} would be refused`, error);
    }
  }
}

/** An object without what the API server notes about it. */
function content(object: ClusterObject) {
  const { metadata, status: _, ...rest } = object;
  const { [labels.run]: __, ...found } = metadata.labels ?? {};
  return { ...rest, labels: found };
}
