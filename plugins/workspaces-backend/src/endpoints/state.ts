import type { EndpointRow } from '../store/rows';
import type { EndpointTarget } from './switching';

/** What nobody looked at for so long is unknown. */
const OBSERVATION_HOLDS = 60_000;

/** It leads to a release that is to have no replica: that nobody answers is no outage. */
export function isStopped(
  row: Pick<EndpointRow, 'release' | 'replicas'>,
): boolean {
  return row.release !== null && row.replicas === 0;
}

/** The state from a switch on until the first look. */
export function stateAfter(
  target: EndpointTarget | null,
): EndpointRow['state'] {
  if (!target) return 'unknown';
  return target.replicas === 0 ? 'stopped' : 'starting';
}

/** The state as it is known now. */
export function knownState(row: EndpointRow): EndpointRow['state'] {
  if (isStopped(row)) return 'stopped';
  const isStale =
    row.observed_at !== null &&
    Date.now() - row.observed_at > OBSERVATION_HOLDS;
  return isStale ? 'unknown' : row.state;
}
