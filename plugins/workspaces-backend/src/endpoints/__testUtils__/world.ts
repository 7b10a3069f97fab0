import { mockServices } from '@backstage/backend-test-utils';
import type {
  Address,
  WorkspaceEngine,
} from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { Changes } from '../../store/changes';
import type { EndpointRow } from '../../store/rows';
import { EndpointService } from '../EndpointService';
import { Gateway } from '../Gateway';
import type { GatewaySettings } from '../settings';
import { answers } from './client';
import { until } from './until';
import { Upstream } from './upstream';
import { openDatabase } from '../../store/database';

/** Ports of this machine that nothing listens on, next to each other. */
export async function freePorts(count: number): Promise<number[]> {
  for (;;) {
    const first = await freePort();
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(ports.map(canListen));
    if (free.every(Boolean)) return ports;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise(resolve => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** An engine that knows nothing but where its replicas are. */
class AddressBook {
  readonly #addresses = new Map<string, Address[]>();
  asked = 0;

  readonly engine = {
    id: 'local',
    abilities: { gateway: true },
    addresses: async (target: {
      workspace: string;
      app: string;
      release: number;
    }) => {
      this.asked++;
      return this.#addresses.get(`${target.app}@${target.release}`) ?? [];
    },
  } as unknown as WorkspaceEngine; // only what the gateway asks an engine for

  set(app: string, release: number, ports: number[]): void {
    this.#addresses.set(
      `${app}@${release}`,
      ports.map((port, index) => ({
        host: '127.0.0.1',
        port,
        replica: `r${port}`,
        index,
      })),
    );
  }
}

/**
 * An engine without the gateway. Of the Kubernetes engine it copies that an app keeps its address
 * from its first release on until it is taken away.
 */
class PublishingEngine {
  readonly targets: unknown[] = [];
  url = '';

  readonly engine = {
    id: 'remote',
    abilities: { gateway: false },
    publish: async endpoint => {
      this.targets.push(endpoint.target);
      return endpoint.target ? { url: this.url } : undefined;
    },
  } as Partial<WorkspaceEngine> as WorkspaceEngine; // only what endpoints ask an engine for
}

/** A database with one workspace, and replicas of the portal that serve its endpoints. */
export class World {
  readonly knex: Knex;
  readonly changes = new Changes();
  readonly replicas = new AddressBook();
  readonly remote = new PublishingEngine();
  readonly settings: GatewaySettings;
  readonly endpoints: EndpointService;
  readonly workspaceId = randomUUID();
  readonly #gateways: Gateway[] = [];
  readonly #upstreams: Upstream[] = [];

  constructor(
    knex: Knex,
    ports: number[],
    settings: Partial<GatewaySettings> = {},
  ) {
    this.knex = knex;
    this.settings = {
      host: '127.0.0.1',
      publicHost: '127.0.0.1',
      ports: { first: ports[0], last: ports[ports.length - 1] },
      drainTime: 30_000,
      ...settings,
    };
    this.endpoints = new EndpointService({ ...this.#parts() });
  }

  static async create(
    knex: Knex,
    options: { ports?: number; settings?: Partial<GatewaySettings> } = {},
  ): Promise<World> {
    await openDatabase({ getClient: async () => knex });
    const ports = await freePorts(options.ports ?? 3);
    const world = new World(knex, ports, options.settings);
    await world.addWorkspace(
      world.workspaceId,
      'ws-shop',
      'group:default/shop',
    );
    return world;
  }

  async addWorkspace(
    id: string,
    name: string,
    owner: string,
    engine = 'local',
  ): Promise<void> {
    await this.knex('workspaces').insert({
      id,
      name,
      live_name: name,
      owner,
      engine,
      size: 'small',
      created_by: owner,
      created_at: Date.now(),
    });
  }

  /** A replica of the portal, with wake-ups of its own where it is to be another process. */
  gateway(changes = this.changes, leaseDuration?: number): Gateway {
    const gateway = new Gateway({
      ...this.#parts(),
      endpoints: this.endpoints,
      changes,
      leaseDuration,
    });
    this.#gateways.push(gateway);
    return gateway;
  }

  /** An app that is reachable in a release behind the given ports. */
  async expose(
    app: string,
    release: number,
    ports: number[],
  ): Promise<{ row: EndpointRow; url: string }> {
    this.replicas.set(app, release, ports);
    await this.endpoints.reserve({
      workspaceId: this.workspaceId,
      app,
      port: 8080,
    });
    const row = await this.endpoints.switchTo(this.workspaceId, app, {
      release,
      replicas: ports.length,
    });
    return { row, url: this.endpoints.publicUrl(row)! };
  }

  async endpoint(app: string): Promise<EndpointRow> {
    return (await this.endpoints.find(this.workspaceId, app))!;
  }

  /** An app that answers. */
  async upstream(name: string): Promise<Upstream> {
    const upstream = await Upstream.start(name);
    this.#upstreams.push(upstream);
    return upstream;
  }

  /** The app "web" in release 1, which answers "one" through the gateway. */
  async served(): Promise<{ url: string; one: Upstream }> {
    const one = await this.upstream('one');
    const { url } = await this.expose('web', 1, [one.port]);
    await until('the gateway answers', () => answers(url));
    return { url, one };
  }

  /** Release 2 of "web" is ready, and answers "two". */
  async second(): Promise<Upstream> {
    const two = await this.upstream('two');
    this.replicas.set('web', 2, [two.port]);
    return two;
  }

  async switchTo(release: number, replicas = 1): Promise<void> {
    const target = { release, replicas };
    await this.endpoints.switchTo(this.workspaceId, 'web', target);
  }

  async drained(): Promise<void> {
    await this.endpoints.drained(this.workspaceId, 'web', {
      signal: AbortSignal.timeout(20_000),
    });
  }

  /** Stops all that runs, and empties the tables. */
  async close(): Promise<void> {
    await Promise.all(this.#gateways.map(gateway => gateway.stop()));
    await Promise.all(this.#upstreams.map(upstream => upstream.stop()));
    for (const table of ['endpoints', 'workspaces', 'leases'])
      await this.knex(table).delete();
  }

  #parts() {
    return {
      knex: this.knex,
      engines: new Map([
        ['local', this.replicas.engine],
        ['remote', this.remote.engine],
      ]),
      settings: this.settings,
      changes: this.changes,
      logger: mockServices.logger.mock(),
    };
  }
}
