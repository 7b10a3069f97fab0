import type { LoggerService } from '@backstage/backend-plugin-api';
import type { WorkspaceEngine } from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import type { Changes } from '../store/changes';
import { heldCondition, Lease, type HeldLease } from '../store/Lease';
import { problemOf } from '../store/problem';
import type { EndpointRow } from '../store/rows';
import { Wakeup } from '../store/Wakeup';
import type { EndpointService } from './EndpointService';
import { Forwarder } from './Forwarder';
import { GATEWAY_LEASE } from './PortObstacles';
import { findPortHolder } from './ports';
import { Prober } from './Prober';
import type { GatewaySettings } from './settings';
import { drainingOf, targetOf, type Draining } from './switching';
import { NoTargetError, Targets } from './Targets';

/** Another replica may have changed an endpoint, which only the database tells. */
const LOOK_AGAIN = 1_000;
/** What is under way when the lease is lost or the portal stops may take so long. */
const CLOSE_TIME = 1_000;

export interface GatewayOptions {
  knex: Knex;
  endpoints: EndpointService;
  /** By id. */
  engines: ReadonlyMap<string, WorkspaceEngine>;
  settings: GatewaySettings;
  changes: Changes;
  logger: LoggerService;
  /** Milliseconds after which another replica takes over from one that says nothing. */
  leaseDuration?: number;
}

type ServedRow = EndpointRow & { workspace_name: string; engine: string };

/** An endpoint whose port is bound, or is to be. */
interface Served {
  row: ServedRow;
  forwarder?: Forwarder;
  /** Why the port is not bound. */
  obstacle?: { port: number; code?: string; text: string };
  targets: Map<number, Targets>;
  /** Whose last requests are waited for, and how to stop waiting. */
  draining: Map<string, Draining & { stop: AbortController }>;
  unsubscribe: () => void;
}

/**
 * Makes the rows of endpoints true on this machine: the replica that holds the lease binds their stable
 * ports, forwards to the release that each leads to, and looks whether it answers. What engines
 * publish themselves it looks at as well.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #lease: Lease;
  readonly #prober: Prober;
  readonly #served = new Map<string, Served>();
  /** Forwarders that were let go of and finish what is under way. */
  readonly #closing = new Map<Forwarder, Promise<void>>();

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#prober = new Prober(options);
    this.#lease = new Lease({
      knex: options.knex,
      name: GATEWAY_LEASE,
      logger: options.logger,
      duration: options.leaseDuration,
      work: held => this.#serve(held),
    });
  }

  start(): void {
    this.#lease.start();
  }

  /** Ends when no port is bound any more, and the lease is free. */
  async stop(): Promise<void> {
    await this.#lease.stop();
  }

  async #serve(held: HeldLease): Promise<void> {
    const wakeup = new Wakeup(this.#options.changes, ['endpoints']);
    try {
      while (!held.signal.aborted) {
        await this.#reconcile(held).catch(error =>
          this.#options.logger.warn(`Gateway: ${problemOf(error)}`),
        );
        await wakeup.wait(LOOK_AGAIN, held.signal);
      }
    } finally {
      wakeup.close();
      for (const served of this.#served.values()) this.#forget(served);
      for (const forwarder of this.#closing.keys())
        this.#close(forwarder, CLOSE_TIME);
      await Promise.all(this.#closing.values());
    }
  }

  async #reconcile(held: HeldLease): Promise<void> {
    const rows = await this.#rows();
    const ids = new Set(rows.map(row => row.id));
    for (const served of this.#served.values())
      if (!ids.has(served.row.id)) this.#forget(served);
    await Promise.all(rows.map(row => this.#reconcileOne(row, held)));
    this.#prober.look(
      [...rows, ...(await this.#published())],
      held,
      row => this.#served.get(row.id)?.obstacle?.text,
    );
  }

  /** Endpoints that lead somewhere, or whose last requests are waited for. */
  async #rows(): Promise<ServedRow[]> {
    const { knex, engines } = this.#options;
    const withGateway = [...engines.values()]
      .filter(engine => engine.abilities.gateway)
      .map(engine => engine.id);
    return knex('endpoints')
      .join('workspaces', 'workspaces.id', 'endpoints.workspace_id')
      .whereIn('workspaces.engine', withGateway)
      .whereNotNull('endpoints.stable_port')
      .where(condition =>
        condition
          .whereNotNull('endpoints.release')
          .orWhereNotNull('endpoints.draining_release'),
      )
      .select(
        'endpoints.*',
        'workspaces.name as workspace_name',
        'workspaces.engine',
      );
  }

  /** Endpoints that their engines serve: only whether they answer is to be seen. */
  async #published(): Promise<EndpointRow[]> {
    return this.#options
      .knex<EndpointRow>('endpoints')
      .whereNotNull('url')
      .whereNotNull('release');
  }

  async #reconcileOne(row: ServedRow, held: HeldLease): Promise<void> {
    const served = this.#servedFor(row);
    served.row = row;
    const { forwarder } = served;
    if (row.release === null) {
      this.#letGo(served, this.#options.settings.drainTime);
    } else {
      await this.#bind(served, row.stable_port!);
      served.forwarder?.switchTo(targetOf(row));
    }
    const draining = drainingOf(row);
    this.#keep(served, draining);
    if (draining) this.#drain(served, forwarder, draining, held);
  }

  /** What came back drains no more, nor does what drains by another measure now. */
  #keep(served: Served, draining: Draining | undefined): void {
    const concerned = [served.row.release, draining?.release];
    for (const [key, { release, stop }] of served.draining) {
      if (!concerned.includes(release)) continue;
      if (draining && key === keyOf(draining)) continue;
      stop.abort();
      served.draining.delete(key);
    }
  }

  #servedFor(row: ServedRow): Served {
    const existing = this.#served.get(row.id);
    if (existing) return existing;
    const served: Served = {
      row,
      targets: new Map(),
      draining: new Map(),
      unsubscribe: this.#options.changes.on(
        `workspace:${row.workspace_id}`,
        () => served.targets.forEach(targets => targets.forget()),
      ),
    };
    this.#served.set(row.id, served);
    return served;
  }

  /** The port it has stays bound until the one it is to have is. */
  async #bind(served: Served, port: number): Promise<void> {
    if (served.forwarder?.port === port) return;
    const { settings, logger } = this.#options;
    const forwarder = new Forwarder({
      host: settings.host,
      port,
      app: served.row.app,
      workspace: served.row.workspace_name,
      connect: ({ release, replicas }) =>
        this.#targets(served, release).connect(replicas),
      logger,
    });
    try {
      await forwarder.listen();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const known = served.obstacle;
      if (known?.port === port && known.code === code) return;
      const text = await obstacleOf(port, error);
      logger.warn(`Gateway: ${text}`);
      served.obstacle = { port, code, text };
      return;
    }
    served.obstacle = undefined;
    this.#close(served.forwarder, settings.drainTime);
    served.forwarder = forwarder;
  }

  #targets(served: Served, release: number): Targets {
    const existing = served.targets.get(release);
    if (existing) return existing;
    const { workspace_name, app, engine } = served.row;
    const targets = new Targets(async () => {
      const found = this.#options.engines.get(engine);
      if (!found) throw new NoTargetError(`there is no engine "${engine}"`);
      return found.addresses({ workspace: workspace_name, app, release });
    });
    served.targets.set(release, targets);
    return targets;
  }

  #drain(
    served: Served,
    forwarder: Forwarder | undefined,
    draining: Draining,
    held: HeldLease,
  ): void {
    const key = keyOf(draining);
    if (served.draining.has(key)) return;
    const stop = new AbortController();
    served.draining.set(key, { ...draining, stop });
    const { row } = served;
    const { settings, logger } = this.#options;
    const signal = AbortSignal.any([stop.signal, held.signal]);
    const finish = async () => {
      await forwarder?.drain(draining, settings.drainTime, signal);
      await this.#writeDrained(row, held);
      if (draining.from === 0) served.targets.delete(draining.release);
    };
    finish()
      .catch(error => {
        if (!signal.aborted) logger.warn(`Gateway: ${problemOf(error)}`);
      })
      .finally(() => {
        if (served.draining.get(key)?.stop === stop)
          served.draining.delete(key);
      });
  }

  async #writeDrained(row: EndpointRow, held: HeldLease): Promise<void> {
    const { knex, changes } = this.#options;
    const { id, draining_release, draining_since } = row;
    const written = await knex<EndpointRow>('endpoints')
      .where({ id, draining_release, draining_since })
      .whereExists(heldCondition(knex, held))
      .update({ draining_release: null, draining_since: null });
    if (written === 0) return;
    changes.emit('endpoints');
    changes.emit(`workspace:${row.workspace_id}`);
  }

  #forget(served: Served): void {
    served.unsubscribe();
    this.#letGo(served, CLOSE_TIME);
    this.#served.delete(served.row.id);
  }

  #letGo(served: Served, milliseconds: number): void {
    this.#close(served.forwarder, milliseconds);
    served.forwarder = undefined;
  }

  #close(forwarder: Forwarder | undefined, milliseconds: number): void {
    if (!forwarder) return;
    const closing = forwarder
      .close(milliseconds)
      .then(() => void this.#closing.delete(forwarder));
    this.#closing.set(forwarder, closing);
  }
}

function keyOf({ release, from }: Draining): string {
  return `${release} from ${from}`;
}

async function obstacleOf(port: number, error: unknown): Promise<string> {
  const { code, message } = error as NodeJS.ErrnoException;
  const holder = code === 'EADDRINUSE' ? await findPortHolder(port) : undefined;
  return holder
    ? `port ${port} is taken by ${holder.name} (process ${holder.pid})`
    : `port ${port} cannot be bound: ${message}`;
}
