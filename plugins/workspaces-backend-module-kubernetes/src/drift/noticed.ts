import type { DriftObservation } from '@slipway/backstage-plugin-workspaces-node';
import { ClusterObject, stripped } from '../client';
import { driftOf } from './drift';

/** By the object that is kept in sight: once it is kept, nobody knows any more who manages its fields. */
const noticed = new WeakMap<ClusterObject, DriftObservation[]>();

/** What is kept of an object. What drifted in it is found on the way. */
export function noticing(object: ClusterObject): ClusterObject {
  const drift = driftOf(object);
  const kept = stripped(object);
  if (drift.length > 0) noticed.set(kept, drift);
  return kept;
}

/** What drifted in an object as `noticing` has kept it. */
export function driftIn(kept: ClusterObject): DriftObservation[] {
  return noticed.get(kept) ?? [];
}
