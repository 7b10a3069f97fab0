import type {
  AppSpec,
  EndpointState,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import type { Changes } from '../store/changes';
import { heldCondition, type HeldLease } from '../store/Lease';
import type { EndpointRow } from '../store/rows';
import { EndpointHistory } from './EndpointHistory';
import type { EndpointService } from './EndpointService';
import { probeOnce, type ProbeResult } from './probe';
import { isStopped } from './state';

const PROBE_EVERY = 15_000;
const PROBE_STARTING_EVERY = 1_000;
/** A release that has not answered for so long is no longer starting. */
const STARTING_TIME = 60_000;
const PROBES_AT_A_TIME = 16;

interface Observed {
  release: number;
  stablePort: number | null;
  since: number;
  at: number;
  state: EndpointState;
}

/**
 * Looks at each endpoint that leads to a release that runs: at once after a change, then every 15 s,
 * through its public address, where its users are. Only the holder of the lease writes what was seen.
 */
export class Prober {
  readonly #knex: Knex;
  readonly #endpoints: EndpointService;
  readonly #history: EndpointHistory;
  readonly #changes: Changes;
  readonly #observed = new Map<string, Observed>();
  readonly #underWay = new Set<string>();

  constructor(options: {
    knex: Knex;
    endpoints: EndpointService;
    changes: Changes;
  }) {
    this.#knex = options.knex;
    this.#endpoints = options.endpoints;
    this.#history = new EndpointHistory(options.knex);
    this.#changes = options.changes;
  }

  /**
   * Starts the probes that are due and does not wait for them. `obstacle` says why the gateway could
   * not bind the port of an endpoint: whatever answers there is not the app.
   */
  look(
    rows: EndpointRow[],
    held: HeldLease,
    obstacle: (row: EndpointRow) => string | undefined,
  ): void {
    const ids = new Set(rows.filter(row => !isStopped(row)).map(row => row.id));
    for (const id of this.#observed.keys())
      if (!ids.has(id)) this.#observed.delete(id);
    for (const row of rows) {
      if (row.release === null || this.#underWay.has(row.id)) continue;
      if (isStopped(row)) continue; // nobody is to answer: no outage is to be counted
      if (this.#underWay.size >= PROBES_AT_A_TIME) return;
      if (!this.#isDue(row)) continue;
      this.#underWay.add(row.id);
      this.#observe(row, row.release, held, obstacle(row))
        .catch(() => {}) // the database did not take it, or the lease is lost: it stays due
        .finally(() => this.#underWay.delete(row.id));
    }
  }

  #isDue(row: EndpointRow): boolean {
    const before = this.#observed.get(row.id);
    if (!before || isOther(before, row)) return true;
    const every =
      before.state === 'healthy' || before.state === 'degraded'
        ? PROBE_EVERY
        : PROBE_STARTING_EVERY;
    return performance.now() - before.at >= every;
  }

  async #observe(
    row: EndpointRow,
    release: number,
    held: HeldLease,
    obstacle: string | undefined,
  ): Promise<void> {
    const url = this.#endpoints.publicUrl(row);
    if (!url) return;
    const seen: ProbeResult = obstacle
      ? { ok: false, latencyMilliseconds: 0, message: obstacle }
      : await probeOnce(`${url}${await this.#healthPath(row)}`, {
          signal: held.signal,
        });
    const now = performance.now();
    const before = this.#observed.get(row.id);
    const isSame = before !== undefined && !isOther(before, row);
    const since = isSame ? before.since : now;
    const mayBeStarting =
      row.state === 'starting' && now - since < STARTING_TIME;
    const state = stateOf(seen, mayBeStarting);
    const written = await this.#knex<EndpointRow>('endpoints')
      .where({ id: row.id, release, replicas: row.replicas })
      .where({ stable_port: row.stable_port })
      .whereExists(heldCondition(this.#knex, held))
      .update({
        state,
        observed_at: Date.now(),
        latency_ms: seen.status === undefined ? null : seen.latencyMilliseconds,
        message: seen.message,
      });
    this.#observed.set(row.id, {
      release,
      stablePort: row.stable_port,
      since,
      at: now,
      state,
    });
    if (written !== 1) return;
    this.#changes.emit(`workspace:${row.workspace_id}`);
    await this.#history.add(row.id, state, seen);
  }

  async #healthPath(row: EndpointRow): Promise<string> {
    const release = await this.#knex('releases')
      .where({
        workspace_id: row.workspace_id,
        app: row.app,
        number: row.release,
      })
      .first('spec');
    const spec = release && (JSON.parse(release.spec) as AppSpec);
    return spec?.healthPath ?? '/';
  }
}

function isOther(before: Observed, row: EndpointRow): boolean {
  return (
    before.release !== row.release || before.stablePort !== row.stable_port
  );
}

function stateOf(seen: ProbeResult, mayBeStarting: boolean): EndpointState {
  if (seen.ok) return 'healthy';
  if (mayBeStarting) return 'starting';
  return seen.status === undefined ? 'down' : 'degraded';
}
