import type {
  Check,
  Evidence,
} from '@slipway/backstage-plugin-workspaces-common';
import type { JsonObject } from '@backstage/types';

/**
 * Evidence as an engine or builder gives it: what was seen, verbatim, and the same
 * facts once more for the rules.
 *
 * Facts that rules know: `exitCode` (number), `outOfMemory` (boolean), `restarts` (number),
 * `expectedPort` (number), `listening` (array of `{ address, port }`), `instruction` and
 * `line` of a Dockerfile, `image`, `registry`, `dependency`, `app` and `replica` (the first is 1); of a cluster
 * `namespace`, `status` and `reason` of a refusal, `code` of a connection, `missing` (what the cluster does not have),
 * `askedBy` (who asked a registry: `portal`, `node` or `builder`), `pushed` (what a registry did not take), and
 * `history` (a list of all that happened, by which nothing is decided).
 *
 * @public
 */
export interface RawEvidence extends Evidence {
  facts?: JsonObject;
}

/**
 * A check as an engine or builder gives it. One that does not pass is named by the same rules as a failure, where it
 * has evidence; a fix of its own goes before that of the rule.
 *
 * @public
 */
export interface RawCheck extends Check {
  evidence?: RawEvidence[];
}

/**
 * A failure of an engine, a builder or a source: a message, and all that was seen, the
 * first sign first. It names no cause; that is done in one rule table of the core.
 *
 * @public
 */
export class EngineError extends Error {
  readonly name = 'EngineError';
  readonly evidence: RawEvidence[];

  constructor(
    message: string,
    options: { evidence: RawEvidence[]; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.evidence = options.evidence;
  }
}
