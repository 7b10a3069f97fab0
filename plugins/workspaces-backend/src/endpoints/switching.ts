import type { EndpointRow } from '../store/rows';
import { stateAfter } from './state';

/** What an endpoint leads to. */
export interface EndpointTarget {
  release: number;
  /** So many of its replicas, the first ones, get requests. */
  replicas: number;
}

/** What gets no more requests, and is to answer those that it has. */
export interface Draining {
  release: number;
  /** Its replicas from this one on; 0 is all of it. */
  from: number;
}

/** What the row says of new requests; all replicas get them where it says no number. */
export function targetOf(row: EndpointRow): EndpointTarget | null {
  if (row.release === null) return null;
  return { release: row.release, replicas: row.replicas ?? Infinity };
}

/** What the row says of requests that are under way: a release that was left, or replicas that are too many. */
export function drainingOf(row: EndpointRow): Draining | undefined {
  const { draining_release: release } = row;
  if (release === null) return undefined;
  return { release, from: release === row.release ? row.replicas ?? 0 : 0 };
}

/** What changes in the row of an endpoint that is to lead there; undefined where it does already. */
export function switched(
  row: EndpointRow,
  target: EndpointTarget | null,
  now: number,
): Partial<EndpointRow> | undefined {
  const release = target?.release ?? null;
  const replicas = target?.replicas ?? null;
  if (row.release === release && row.replicas === replicas) return undefined;
  const isOther =
    row.release !== release || row.replicas === 0 || replicas === 0;
  return {
    release,
    replicas,
    ...drainingAfter(row, target, now),
    ...(isOther && {
      state: stateAfter(target),
      observed_at: null,
      latency_ms: null,
      message: null,
    }),
  };
}

function drainingAfter(
  row: EndpointRow,
  target: EndpointTarget | null,
  now: number,
): Pick<EndpointRow, 'draining_release' | 'draining_since'> | undefined {
  const nothing = { draining_release: null, draining_since: null };
  if (row.release === null) return nothing;
  const isSame = row.release === target?.release;
  if (!isSame || target.replicas < (row.replicas ?? Infinity)) {
    return { draining_release: row.release, draining_since: now };
  }
  // More replicas than before: those that were to go stay.
  return row.draining_release === row.release ? nothing : undefined;
}
