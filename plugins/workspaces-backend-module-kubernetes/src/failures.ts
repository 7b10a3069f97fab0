import { isError } from '@backstage/errors';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { JsonObject } from '@backstage/types';

/** What an error says. */
export function textOf(error: unknown): string {
  return isError(error) ? error.message : String(error);
}

/** A refusal of the API server as a failure: `message` says what was tried, the evidence what was answered. */
export function clusterFailure(
  message: string,
  error: unknown,
  facts?: JsonObject,
): EngineError {
  if (error instanceof EngineError) return error;
  const text = textOf(error);
  return failure(
    `${message}: ${text}`,
    [evidenceOf('error', 'Kubernetes API', text, { facts })],
    error,
  );
}
