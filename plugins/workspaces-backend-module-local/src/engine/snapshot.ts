import type Docker from 'dockerode';
import {
  LastExit,
  labels,
  ReplicaState,
} from '@slipway/backstage-plugin-workspaces-common';
import type {
  ReplicaObservation,
  WorkspaceObservation,
} from '@slipway/backstage-plugin-workspaces-node';
import { forEach } from '@slipway/backstage-plugin-workspaces-node/engines';
import type { Containers, OwnContainer } from './containers';
import { ContainerExit, exitOf } from './evidence';
import type { UsageReader } from './usage';

const READ_AT_A_TIME = 8;

type InspectedContainer = OwnContainer & { found: Docker.ContainerInspectInfo };

/** Reads what there is of workspaces. */
export class SnapshotReader {
  readonly #containers: Containers;
  readonly #usage: UsageReader;
  /** By container id, from events: while a container runs again the engine does not say how it ended. */
  readonly #exits = new Map<string, ContainerExit>();

  constructor(containers: Containers, usage: UsageReader) {
    this.#containers = containers;
    this.#usage = usage;
  }

  noteExit(container: string, exit: ContainerExit): void {
    this.#exits.set(container, exit);
  }

  /** One workspace as it is now. */
  async one(workspace: string): Promise<WorkspaceObservation> {
    const containers = await this.#containers.list(workspace);
    const present =
      containers.length > 0 || (await this.#names(workspace)).has(workspace);
    return this.#observation(workspace, containers, present);
  }

  /** All workspaces as they are now, with what their containers use. */
  async all(): Promise<WorkspaceObservation[]> {
    const containers = await this.#containers.list();
    const ids = containers.map(({ id }) => id);
    this.#usage.retain(ids);
    for (const known of this.#exits.keys()) {
      if (!ids.includes(known)) this.#exits.delete(known);
    }
    await this.#readUsage(containers);
    const byWorkspace = new Map<string, OwnContainer[]>();
    for (const name of await this.#names()) byWorkspace.set(name, []);
    for (const container of containers) {
      const { workspace } = container.identity;
      const found = byWorkspace.get(workspace) ?? [];
      byWorkspace.set(workspace, [...found, container]);
    }
    const observations: WorkspaceObservation[] = [];
    for (const [workspace, found] of byWorkspace) {
      observations.push(await this.#observation(workspace, found, true));
    }
    return observations;
  }

  async #readUsage(containers: OwnContainer[]): Promise<void> {
    const { signal } = new AbortController();
    const running = containers.filter(({ state }) => state === 'running');
    await forEach(running, READ_AT_A_TIME, signal, async ({ id }) => {
      await this.#usage.read(id).catch(() => {}); // it ended at this moment: nothing is used
    });
  }

  /** Workspaces of which a network or a volume exists. */
  async #names(workspace?: string): Promise<Set<string>> {
    const { docker, identities } = this.#containers;
    const filters = identities.filter(
      workspace ? { [labels.workspace]: workspace } : {},
    );
    const networks = await docker.listNetworks({ filters });
    const { Volumes: volumes } = await docker.listVolumes({ filters });
    return new Set(
      [...networks, ...volumes].flatMap(
        object => object.Labels?.[labels.workspace] ?? [],
      ),
    );
  }

  async #observation(
    workspace: string,
    containers: OwnContainer[],
    present: boolean,
  ): Promise<WorkspaceObservation> {
    const inspected: InspectedContainer[] = [];
    for (const container of containers) {
      const found = await this.#containers.inspect(container.id);
      if (found) inspected.push({ ...container, found });
    }
    const apps = new Map<string, ReplicaObservation[]>();
    const dependencies: WorkspaceObservation['dependencies'] = [];
    for (const container of inspected.sort(byName)) {
      const { identity } = container;
      const seen = this.#container(container);
      if (identity.kind === 'app') {
        const replicas = apps.get(identity.app) ?? [];
        replicas.push({ release: identity.release, ...seen });
        apps.set(identity.app, replicas);
      }
      if (identity.kind === 'dependency') {
        const { state, restarts, lastExit } = seen;
        const name = identity.dependency;
        dependencies.push({
          name,
          state,
          restarts,
          ...(lastExit ? { lastExit } : {}),
        });
      }
    }
    return {
      workspace,
      at: new Date().toISOString(),
      present,
      apps: [...apps].map(([name, replicas]) => ({ name, replicas })),
      dependencies,
    };
  }

  #container({
    id,
    name,
    found,
  }: InspectedContainer): Omit<ReplicaObservation, 'release'> {
    const { State: state, RestartCount: restarts } = found;
    const exit = exitOf(state);
    const exitCode = exit?.exitCode ?? this.#exits.get(id)?.exitCode;
    const lastExit = lastExitOf(exit && { ...exit, exitCode });
    const usage = state.Running ? this.#usage.known(id) : undefined;
    return {
      id: name,
      state: replicaState(state),
      restarts,
      ...(state.Running ? { startedAt: state.StartedAt } : {}),
      ...(lastExit ? { lastExit } : {}),
      ...usage,
    };
  }
}

function byName(a: InspectedContainer, b: InspectedContainer): number {
  return a.name.localeCompare(b.name);
}

/** What the engine's word for the state of a container means for a replica. */
export function replicaState(
  state: Pick<
    Docker.ContainerInspectInfo['State'],
    'Status' | 'ExitCode' | 'OOMKilled' | 'Error'
  >,
): ReplicaState {
  switch (state.Status) {
    case 'created':
      return state.Error ? 'failed' : 'starting';
    case 'running':
      return 'running';
    case 'restarting':
      return 'restarting';
    case 'paused':
      return 'stopped';
    case 'exited':
      return endedAsAsked(state) ? 'stopped' : 'failed';
    case 'dead':
      return 'failed';
    default:
      return 'unknown';
  }
}

/** By itself, or by the signal with which one asks a process to end. */
function endedAsAsked(state: { ExitCode: number; OOMKilled: boolean }) {
  return !state.OOMKilled && (state.ExitCode === 0 || state.ExitCode === 143);
}

/** How a container ended, in the words of the API. */
export function lastExitOf(
  exit: ContainerExit | undefined,
): LastExit | undefined {
  if (!exit) return undefined;
  const { exitCode, at } = exit;
  return {
    reason: exitReason(exit),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(at === undefined ? {} : { at }),
  };
}

function exitReason({ exitCode, outOfMemory }: ContainerExit): string {
  if (outOfMemory) return 'out of memory';
  if (exitCode === undefined) return 'unknown';
  if (exitCode === 0) return 'completed';
  return exitCode === 137 || exitCode === 143 ? 'killed' : 'error';
}
