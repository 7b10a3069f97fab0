import { isError } from '@backstage/errors';
import type { Evidence } from '@slipway/backstage-plugin-workspaces-common';
import {
  EngineError,
  RawEvidence,
} from '@slipway/backstage-plugin-workspaces-node';
import type { JsonObject } from '@backstage/types';

/** One piece of evidence, seen now unless said otherwise. */
export function evidenceOf(
  kind: Evidence['kind'],
  source: string,
  text: string,
  details: { facts?: JsonObject; at?: string } = {},
): RawEvidence {
  const { facts, at = new Date().toISOString() } = details;
  return facts ? { kind, source, at, text, facts } : { kind, source, at, text };
}

/** A failure with its evidence; the first piece is marked as the first sign. */
export function failure(
  message: string,
  evidence: RawEvidence[],
  cause?: unknown,
): EngineError {
  return new EngineError(message, {
    evidence: evidence.map((piece, index) =>
      index === 0 ? { ...piece, first: true } : piece,
    ),
    cause,
  });
}

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
