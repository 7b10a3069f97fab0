import type {
  EndpointHistory as EndpointHistoryAnswer,
  EndpointState,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import type { EndpointMomentRow } from '../store/rows';
import type { ProbeResult } from './probe';

const INTERVAL = 60_000;
const HOUR = 60 * 60_000;
const KEPT = 24 * HOUR;

/** From the best to the worst. */
const states: EndpointState[] = [
  'unknown',
  'stopped',
  'healthy',
  'starting',
  'degraded',
  'down',
];

/** What probes saw over time, summed up by the minute and kept for a day. */
export class EndpointHistory {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Adds one probe. Only whoever probes may call it: there is one of them at a time. */
  async add(
    endpointId: string,
    state: EndpointState,
    seen: ProbeResult,
    now = Date.now(),
  ): Promise<void> {
    const key = {
      endpoint_id: endpointId,
      at: Math.floor(now / INTERVAL) * INTERVAL,
    };
    const answered = seen.status !== undefined;
    await this.#knex.transaction(async trx => {
      const before = await trx<EndpointMomentRow>('endpoint_moments')
        .where(key)
        .first();
      const moment: EndpointMomentRow = {
        ...key,
        state: worst(state, before?.state),
        probes: (before?.probes ?? 0) + 1,
        failed: (before?.failed ?? 0) + (seen.ok ? 0 : 1),
        answered: (before?.answered ?? 0) + (answered ? 1 : 0),
        latency_ms:
          (before?.latency_ms ?? 0) + (answered ? seen.latencyMilliseconds : 0),
      };
      await trx('endpoint_moments')
        .insert(moment)
        .onConflict(['endpoint_id', 'at'])
        .merge();
    });
  }

  /** The last hours, oldest first, without the minutes in which nothing was measured. */
  async read(
    endpointId: string,
    hours: number,
    now = Date.now(),
  ): Promise<EndpointHistoryAnswer> {
    const rows = await this.#knex<EndpointMomentRow>('endpoint_moments')
      .where({ endpoint_id: endpointId })
      .andWhere('at', '>', now - hours * HOUR - INTERVAL)
      .orderBy('at');
    return {
      intervalSeconds: INTERVAL / 1000,
      items: rows.map(row => ({
        at: new Date(row.at).toISOString(),
        state: row.state,
        probes: row.probes,
        failed: row.failed,
        ...(row.answered > 0 && {
          latencyMilliseconds: row.latency_ms / row.answered,
        }),
      })),
    };
  }

  /** Removes what is older than a day; gives how many minutes went. */
  async removeOld(now = Date.now()): Promise<number> {
    return this.#knex('endpoint_moments')
      .where('at', '<', now - KEPT)
      .delete();
  }
}

function worst(one: EndpointState, other?: EndpointState): EndpointState {
  if (other === undefined) return one;
  return states.indexOf(one) > states.indexOf(other) ? one : other;
}
