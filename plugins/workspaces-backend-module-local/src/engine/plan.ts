import type { PlanChange } from '@slipway/backstage-plugin-workspaces-common';
import type {
  DesiredApp,
  DesiredWorkspace,
  EngineContext,
} from '@slipway/backstage-plugin-workspaces-node';
import type { Containers, OwnContainer } from './containers';
import type { Networks } from './networks';
import type { Renderer } from './rendering';
import type { Volumes } from './volumes';

/** Says what an `apply` of `all` would change. Only asks. */
export class Planner {
  readonly #containers: Containers;
  readonly #networks: Networks;
  readonly #volumes: Volumes;
  readonly #renderer: Renderer;

  constructor(options: {
    containers: Containers;
    networks: Networks;
    volumes: Volumes;
    renderer: Renderer;
  }) {
    this.#containers = options.containers;
    this.#networks = options.networks;
    this.#volumes = options.volumes;
    this.#renderer = options.renderer;
  }

  async plan(
    desired: DesiredWorkspace,
    context: EngineContext,
  ): Promise<PlanChange[]> {
    const containers = await this.#containers.list(desired.name);
    const networks = await this.#networks.list(desired.name);
    const volumes = await this.#volumes.list(desired.name);
    const desiredNetworks = this.#networks.desiredNames(desired);
    return [
      ...compareNames('network', desiredNetworks, networks),
      ...networks
        .filter(name => !desiredNetworks.includes(name))
        .map(name => ({ action: 'remove' as const, kind: 'network', name })),
      ...compareNames('volume', this.#volumes.desiredNames(desired), volumes),
      ...(await this.#dependencies(desired, containers, context)),
      ...(await this.#apps(desired, containers, context)),
    ];
  }

  async #dependencies(
    desired: DesiredWorkspace,
    containers: OwnContainer[],
    context: EngineContext,
  ): Promise<PlanChange[]> {
    const present = new Map(
      containers.flatMap(({ identity, hash, state }) =>
        identity.kind === 'dependency'
          ? [[identity.dependency, { hash, state }] as const]
          : [],
      ),
    );
    const changes: PlanChange[] = [];
    for (const dependency of desired.dependencies) {
      const { name } = dependency;
      const found = present.get(name);
      const hash = await this.#renderer.dependencyHash(
        desired.name,
        dependency,
        context,
      );
      changes.push({
        kind: 'dependency',
        name,
        ...(found
          ? difference([found], hash)
          : { action: 'create', detail: dependency.image }),
      });
      present.delete(name);
    }
    for (const name of present.keys()) {
      const detail = 'its volume is kept';
      changes.push({ action: 'remove', kind: 'dependency', name, detail });
    }
    return changes;
  }

  async #apps(
    desired: DesiredWorkspace,
    containers: OwnContainer[],
    context: EngineContext,
  ): Promise<PlanChange[]> {
    const changes: PlanChange[] = [];
    for (const app of desired.apps) {
      const hash = await this.#renderer.appHash(desired.name, app, context);
      changes.push({
        kind: 'app',
        name: app.name,
        ...appDifference(app, ofApp(containers, app.name), hash),
      });
    }
    const names = new Set(desired.apps.map(({ name }) => name));
    const removed = new Set(
      containers.flatMap(({ identity }) =>
        identity.kind === 'app' && !names.has(identity.app)
          ? [identity.app]
          : [],
      ),
    );
    removed.forEach(name =>
      changes.push({ action: 'remove', kind: 'app', name }),
    );
    return changes;
  }
}

interface ReplicaContainer {
  release: number;
  hash: string;
  state: string;
}

function ofApp(containers: OwnContainer[], app: string): ReplicaContainer[] {
  return containers.flatMap(({ identity, hash, state }) =>
    identity.kind === 'app' && identity.app === app
      ? [{ release: identity.release, hash, state }]
      : [],
  );
}

function appDifference(
  app: DesiredApp,
  found: ReplicaContainer[],
  hash: string,
): Pick<PlanChange, 'action' | 'detail'> {
  if (found.length === 0) {
    return app.replicas === 0
      ? { action: 'keep' }
      : { action: 'create', detail: `release ${app.release}` };
  }
  const others = found.filter(({ release }) => release !== app.release);
  if (others.length > 0) {
    const from = [...new Set(others.map(({ release }) => release))].join(', ');
    const detail = `release ${from} -> ${app.release}`;
    return { action: 'change', detail };
  }
  if (found.length !== app.replicas) {
    const detail = `replicas ${found.length} -> ${app.replicas}`;
    return { action: 'change', detail };
  }
  return difference(found, hash);
}

function difference(
  found: { hash: string; state: string }[],
  hash: string,
): Pick<PlanChange, 'action' | 'detail'> {
  if (found.some(container => container.hash !== hash)) {
    return { action: 'change', detail: 'configuration' };
  }
  const stopped = found.find(({ state }) => state !== 'running');
  return stopped
    ? { action: 'change', detail: `start (it is ${stopped.state})` }
    : { action: 'keep' };
}

function compareNames(
  kind: string,
  wanted: string[],
  present: string[],
): PlanChange[] {
  return wanted.map(name => ({
    action: present.includes(name) ? 'keep' : 'create',
    kind,
    name,
  }));
}
