import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import { processOnThisMachine } from '../store/replica';
import type { WorkspaceRow } from '../store/rows';
import { findPortHolder, tryPort } from './ports';

/** Name of the lease under which one replica binds the stable ports and probes them. */
export const GATEWAY_LEASE = 'gateway';

/** Why a port cannot be had. */
export interface Obstacle {
  message: string;
  /** What was seen, verbatim. */
  text: string;
  facts: { port: number; process?: string; pid?: number; heldBy?: string };
}

/** Finds out who has a stable port. */
export class PortObstacles {
  readonly #knex: Knex;
  readonly #host: string;

  /** `host` is the address that the gateway binds. */
  constructor(knex: Knex, host: string) {
    this.#knex = knex;
    this.#host = host;
  }

  /** The endpoint that has the port, named where it belongs to the same owner. */
  async ofOtherEndpoint(
    stablePort: number,
    forWorkspace: string,
  ): Promise<Obstacle | undefined> {
    const holder = await this.#knex('endpoints')
      .join('workspaces', 'workspaces.id', 'endpoints.workspace_id')
      .where('endpoints.stable_port', stablePort)
      .first('endpoints.app', 'workspaces.name', 'workspaces.owner');
    if (!holder) return undefined;
    const asker = await this.#knex<WorkspaceRow>('workspaces')
      .where({ id: forWorkspace })
      .first();
    const heldBy =
      asker?.owner === holder.owner
        ? `app "${holder.app}" of workspace "${holder.name}"`
        : 'an app of another owner';
    return {
      message: `Port ${stablePort} is taken by ${heldBy}`,
      text: `port ${stablePort} is reserved for ${heldBy}`,
      facts: { port: stablePort, heldBy },
    };
  }

  /** What keeps the gateway from binding the port; `undefined` also where the gateway itself has bound it. */
  async onMachine(stablePort: number): Promise<Obstacle | undefined> {
    const host = this.#host;
    const refusal = await tryPort(host, stablePort);
    if (!refusal) return undefined;
    if (refusal.code !== 'EADDRINUSE') {
      return {
        message: `Port ${stablePort} cannot be bound on ${host}: ${refusal.text}`,
        text: refusal.text,
        facts: { port: stablePort },
      };
    }
    const gateway = await this.#gateway();
    const holder = await findPortHolder(stablePort, gateway);
    if (await this.#mayBeGateway(stablePort, holder?.pid, gateway))
      return undefined;
    return {
      message: `Port ${stablePort} is taken by ${
        holder
          ? `${holder.name} (process ${holder.pid})`
          : 'something else on this machine'
      }`,
      text: refusal.text,
      facts: {
        port: stablePort,
        ...(holder && { process: holder.name, pid: holder.pid }),
      },
    };
  }

  /** Id of the process that binds the stable ports, where it is one of this machine. */
  async #gateway(): Promise<number | undefined> {
    const lease = await this.#knex('leases')
      .where({ name: GATEWAY_LEASE })
      .first();
    return lease && processOnThisMachine(lease.holder);
  }

  /** Whether what listens on a reserved port is our gateway; in doubt it is. */
  async #mayBeGateway(
    stablePort: number,
    holder: number | undefined,
    gateway: number | undefined,
  ): Promise<boolean> {
    const reserved = await this.#knex('endpoints')
      .where({ stable_port: stablePort })
      .first();
    if (!reserved) return false;
    return holder === undefined || gateway === undefined || gateway === holder;
  }
}

/** The failure that a port cannot be had, with evidence. */
export function inUse(obstacle: Obstacle): EngineError {
  return new EngineError(obstacle.message, {
    evidence: [
      {
        kind: 'error',
        source: 'gateway',
        at: new Date().toISOString(),
        text: obstacle.text,
        facts: obstacle.facts,
        first: true,
      },
    ],
  });
}
