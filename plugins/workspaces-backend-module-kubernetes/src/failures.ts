import { isError } from '@backstage/errors';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { JsonObject } from '@backstage/types';
import { ClusterError } from './client';

/** The same failure with facts in all of its evidence, for those pieces that do not say otherwise. */
export function withFacts(error: unknown, facts: JsonObject): unknown {
  if (!(error instanceof EngineError)) return error;
  return new EngineError(error.message, {
    evidence: error.evidence.map(piece => ({
      ...piece,
      facts: { ...facts, ...piece.facts },
    })),
    cause: error,
  });
}

/** What an error says. */
export function textOf(error: unknown): string {
  return isError(error) ? error.message : String(error);
}

/** What the API server, or the connection to it, says beside its words. */
function refusalFacts(error: unknown): JsonObject {
  if (!(error instanceof ClusterError)) return {};
  const { status, reason, code } = error;
  return {
    cluster: true,
    ...(status !== undefined && { status }),
    ...(reason !== undefined && { reason }),
    ...(code !== undefined && { code }),
  };
}

/** A refusal of the API server as a failure: `message` says what was tried, the evidence what was answered. */
export function clusterFailure(
  message: string,
  error: unknown,
  facts?: JsonObject,
): EngineError {
  if (error instanceof EngineError) return error;
  const text = textOf(error);
  const known = { ...refusalFacts(error), ...facts };
  return failure(
    `${message}: ${text}`,
    [evidenceOf('error', 'Kubernetes API', text, { facts: known })],
    error,
  );
}
