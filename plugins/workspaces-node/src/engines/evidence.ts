import type { Evidence } from '@slipway/backstage-plugin-workspaces-common';
import type { JsonObject } from '@backstage/types';
import { EngineError, RawEvidence } from '../failure';

/**
 * One piece of evidence, seen now unless said otherwise.
 *
 * @public
 */
export function evidenceOf(
  kind: Evidence['kind'],
  source: string,
  text: string,
  details: { facts?: JsonObject; at?: string } = {},
): RawEvidence {
  const { facts, at = new Date().toISOString() } = details;
  return facts ? { kind, source, at, text, facts } : { kind, source, at, text };
}

/**
 * A failure with its evidence; the first piece is marked as the first sign.
 *
 * @public
 */
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
