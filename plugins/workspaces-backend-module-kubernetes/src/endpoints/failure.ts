import type {
  EngineError,
  RawEvidence,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';

/** An app does not get its address, as something is missing in the cluster. */
export function noAddress(
  app: string,
  missing: string,
  more: RawEvidence[] = [],
): EngineError {
  return failure(`${app} cannot get its address: ${missing}`, [
    evidenceOf('state', `address of ${app}`, missing, { facts: { missing } }),
    ...more,
  ]);
}
