import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import type { Endpoint } from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspaceEngine } from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import type { Changes } from '../store/changes';
import { isUniqueViolation } from '../store/conflicts';
import { isoTime, readDatabaseNow } from '../store/database';
import type { AppRow, EndpointRow, WorkspaceRow } from '../store/rows';
import { Wakeup } from '../store/Wakeup';
import { inUse, PortObstacles } from './PortObstacles';
import { tryPort } from './ports';
import { stablePortProblem, urlHost, type GatewaySettings } from './settings';
import { knownState } from './state';
import { switched, type EndpointTarget } from './switching';

/** How long after the drain time a gateway may take to say that a release has drained. */
const DRAIN_MARGIN = 5_000;
/** A gateway in another process tells through the database alone. */
const LOOK_AGAIN = 1_000;

export interface EndpointServiceOptions {
  knex: Knex;
  /** By id. */
  engines: ReadonlyMap<string, WorkspaceEngine>;
  settings: GatewaySettings;
  changes: Changes;
}

/** Where apps are reachable: a row per app, with the release it leads to. The gateway makes it so, or the engine. */
export class EndpointService {
  readonly #knex: Knex;
  readonly #engines: ReadonlyMap<string, WorkspaceEngine>;
  readonly #settings: GatewaySettings;
  readonly #changes: Changes;
  readonly #obstacles: PortObstacles;

  constructor(options: EndpointServiceOptions) {
    this.#knex = options.knex;
    this.#engines = options.engines;
    this.#settings = options.settings;
    this.#changes = options.changes;
    this.#obstacles = new PortObstacles(options.knex, options.settings.host);
  }

  async get(id: string): Promise<EndpointRow | undefined> {
    return this.#knex<EndpointRow>('endpoints').where({ id }).first();
  }

  async find(
    workspaceId: string,
    app: string,
  ): Promise<EndpointRow | undefined> {
    return this.#knex<EndpointRow>('endpoints')
      .where({ workspace_id: workspaceId, app })
      .first();
  }

  async ofWorkspace(workspaceId: string): Promise<EndpointRow[]> {
    return this.#knex<EndpointRow>('endpoints')
      .where({ workspace_id: workspaceId })
      .orderBy('app');
  }

  /** Says what is wrong with a wished stable port, whoever has it, or `undefined` if nothing is. */
  stablePortProblem(stablePort: number): string | undefined {
    return stablePortProblem(stablePort, this.#settings);
  }

  /**
   * The endpoint of an app, made where there is none. A stable port that another endpoint has,
   * or that something else on this machine listens on, is an EngineError; only a new endpoint
   * without a wish takes the next free one instead.
   */
  async reserve(input: {
    workspaceId: string;
    app: string;
    /** Inside the container. */
    port: number;
    stablePort?: number;
  }): Promise<EndpointRow> {
    const { workspaceId, app, port } = input;
    const existing = await this.find(workspaceId, app);
    if (existing) return this.#keep(existing, port);
    const { engine } = await this.#placeOf(workspaceId);
    if (!engine.abilities.gateway)
      return this.#insert({ workspaceId, app, port, stablePort: null });
    if (input.stablePort !== undefined)
      return this.#reserveWished(input, input.stablePort);
    return this.#reserveNext(input);
  }

  /**
   * New requests go there from now on; the release before, or the replicas that get none any
   * more, drain. `null` leads nowhere and lets go of the port. To switch to where it leads
   * already changes nothing.
   *
   * @param during - Is given what the engine itself has to do for it, and does it.
   */
  async switchTo(
    workspaceId: string,
    app: string,
    target: EndpointTarget | null,
    during: <T>(call: () => Promise<T>) => Promise<T> = call => call(),
  ): Promise<EndpointRow> {
    const { engine, workspace } = await this.#placeOf(workspaceId);
    const row = await this.#knex.transaction(async trx => {
      const current = await trx<EndpointRow>('endpoints')
        .where({ workspace_id: workspaceId, app })
        .forUpdate()
        .first();
      if (!current)
        throw new NotFoundError(
          `App "${app}" of the workspace has no endpoint`,
        );
      const change = switched(current, target, await readDatabaseNow(trx));
      if (!change) return current;
      if (!engine.abilities.gateway)
        change.draining_release = change.draining_since = null;
      await trx('endpoints').where({ id: current.id }).update(change);
      return { ...current, ...change };
    });
    const published = await during(() =>
      this.#publish(row, target, workspace, engine),
    );
    this.#tell(row);
    return published;
  }

  /** Ends when what was left has answered its last request, or its time for that is over. */
  async drained(
    workspaceId: string,
    app: string,
    options: { signal: AbortSignal },
  ): Promise<void> {
    const wakeup = new Wakeup(this.#changes, ['endpoints']);
    try {
      while (!(await this.#hasDrained(workspaceId, app))) {
        await wakeup.wait(LOOK_AGAIN, options.signal);
        options.signal.throwIfAborted();
      }
    } finally {
      wakeup.close();
    }
  }

  /**
   * Gives the endpoint another stable port. One that cannot be had is a ConflictError, and the old
   * one keeps serving; so it does until the new one is bound.
   */
  async move(endpointId: string, stablePort: number): Promise<EndpointRow> {
    const problem = this.stablePortProblem(stablePort);
    if (problem) throw new InputError(problem);
    const row = await this.get(endpointId);
    if (!row) throw new NotFoundError(`There is no endpoint "${endpointId}"`);
    if (row.stable_port === stablePort) return row;
    if (row.stable_port === null)
      throw new InputError(
        'stablePort: the engine of this workspace has no stable ports',
      );
    const obstacle =
      (await this.#obstacles.ofOtherEndpoint(stablePort, row.workspace_id)) ??
      (await this.#obstacles.onMachine(stablePort));
    if (obstacle)
      throw new ConflictError(
        `stablePort: ${obstacle.message}; choose another port`,
      );
    const moved = await this.#knex<EndpointRow>('endpoints')
      .where({ id: row.id, stable_port: row.stable_port })
      .update({ stable_port: stablePort })
      .catch(error => {
        throw isUniqueViolation(error)
          ? new ConflictError(
              `stablePort: ${stablePort} was taken by another endpoint a moment ago; choose another port`,
            )
          : error;
      });
    if (moved === 0)
      throw new ConflictError(
        'stablePort: the endpoint was moved by someone else a moment ago; look where it is now and try again',
      );
    this.#tell(row);
    return { ...row, stable_port: stablePort };
  }

  /** Where people reach it, without a path; `undefined` where nothing serves it. */
  publicUrl(row: EndpointRow): string | undefined {
    if (row.stable_port === null) return row.url ?? undefined;
    return `http://${urlHost(this.#settings.publicHost)}:${row.stable_port}`;
  }

  /** As the API answers it. What was not looked at for a minute is unknown. */
  toEndpoint(row: EndpointRow, workspace: WorkspaceRow, app: AppRow): Endpoint {
    const url = this.publicUrl(row);
    return {
      id: row.id,
      workspace: workspace.id,
      workspaceName: workspace.name,
      app: row.app,
      entityRef: app.entity_ref,
      owner: workspace.owner,
      port: row.port,
      state: knownState(row),
      ...(url !== undefined && { url }),
      ...(row.stable_port !== null && { stablePort: row.stable_port }),
      ...(row.release !== null && { release: row.release }),
      ...(row.observed_at !== null && { observedAt: isoTime(row.observed_at) }),
      ...(row.latency_ms !== null && { latencyMilliseconds: row.latency_ms }),
      ...(row.message !== null && { message: row.message }),
    };
  }

  async #keep(row: EndpointRow, port: number): Promise<EndpointRow> {
    if (row.stable_port !== null) {
      const obstacle = await this.#obstacles.onMachine(row.stable_port);
      if (obstacle) throw inUse(obstacle);
    }
    if (row.port === port) return row;
    await this.#knex('endpoints').where({ id: row.id }).update({ port });
    return { ...row, port };
  }

  async #reserveWished(
    input: { workspaceId: string; app: string; port: number },
    stablePort: number,
  ): Promise<EndpointRow> {
    const problem = this.stablePortProblem(stablePort);
    if (problem) throw new InputError(problem);
    const obstacle =
      (await this.#obstacles.ofOtherEndpoint(stablePort, input.workspaceId)) ??
      (await this.#obstacles.onMachine(stablePort));
    if (obstacle) throw inUse(obstacle);
    try {
      return await this.#insert({ ...input, stablePort });
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const same = await this.find(input.workspaceId, input.app);
      if (same) return same;
      const taken = await this.#obstacles.ofOtherEndpoint(
        stablePort,
        input.workspaceId,
      );
      throw taken ? inUse(taken) : error;
    }
  }

  async #reserveNext(input: {
    workspaceId: string;
    app: string;
    port: number;
  }): Promise<EndpointRow> {
    const { first, last } = this.#settings.ports;
    const taken = new Set(
      await this.#knex('endpoints')
        .whereNotNull('stable_port')
        .pluck<number[]>('stable_port'),
    );
    for (let stablePort = first; stablePort <= last; stablePort++) {
      if (taken.has(stablePort)) continue;
      if (await tryPort(this.#settings.host, stablePort)) continue;
      try {
        return await this.#insert({ ...input, stablePort });
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        const same = await this.find(input.workspaceId, input.app);
        if (same) return same;
      }
    }
    throw inUse({
      message: `None of the ports ${first} to ${last} of workspaces.gateway.ports is free`,
      text: `no free port from ${first} to ${last}`,
      facts: { port: last },
    });
  }

  async #insert(input: {
    workspaceId: string;
    app: string;
    port: number;
    stablePort: number | null;
  }): Promise<EndpointRow> {
    const row: EndpointRow = {
      id: randomUUID(),
      workspace_id: input.workspaceId,
      app: input.app,
      port: input.port,
      stable_port: input.stablePort,
      url: null,
      release: null,
      replicas: null,
      draining_release: null,
      draining_since: null,
      state: 'unknown',
      observed_at: null,
      latency_ms: null,
      message: null,
      created_at: Date.now(),
    };
    await this.#knex('endpoints').insert(row);
    return row;
  }

  /** An engine without the gateway publishes the app itself; done twice it is done once. */
  async #publish(
    row: EndpointRow,
    target: EndpointTarget | null,
    workspace: WorkspaceRow,
    engine: WorkspaceEngine,
  ): Promise<EndpointRow> {
    if (!engine.publish) return row;
    const { app, port } = row;
    const published = await engine.publish({
      workspace: workspace.name,
      app,
      port,
      target,
    });
    const url = published?.url ?? null;
    if (url !== row.url)
      await this.#knex('endpoints').where({ id: row.id }).update({ url });
    return { ...row, url };
  }

  async #placeOf(
    workspaceId: string,
  ): Promise<{ workspace: WorkspaceRow; engine: WorkspaceEngine }> {
    const workspace = await this.#knex<WorkspaceRow>('workspaces')
      .where({ id: workspaceId })
      .first();
    if (!workspace)
      throw new NotFoundError(`There is no workspace "${workspaceId}"`);
    const engine = this.#engines.get(workspace.engine);
    if (!engine)
      throw new NotFoundError(`The engine "${workspace.engine}" is not there`);
    return { workspace, engine };
  }

  #tell(row: EndpointRow): void {
    this.#changes.emit('endpoints');
    this.#changes.emit(`workspace:${row.workspace_id}`);
  }

  async #hasDrained(workspaceId: string, app: string): Promise<boolean> {
    const row = await this.find(workspaceId, app);
    if (!row || row.draining_release === null) return true;
    const now = await readDatabaseNow(this.#knex);
    const limit = this.#settings.drainTime + DRAIN_MARGIN;
    return now - (row.draining_since ?? 0) > limit;
  }
}
