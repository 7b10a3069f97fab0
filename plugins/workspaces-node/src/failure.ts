import type { Evidence } from '@slipway/backstage-plugin-workspaces-common';
import type { JsonObject } from '@backstage/types';

/**
 * Evidence as an engine or builder gives it: what was seen, verbatim, and the same
 * facts once more for the rules.
 *
 * Facts that rules know: `exitCode` (number), `outOfMemory` (boolean), `restarts` (number),
 * `expectedPort` (number), `listening` (array of `{ address, port }`), `instruction` and
 * `line` of a Dockerfile, `image`, `registry`, `dependency`, `app` and `replica` (the first is 1).
 *
 * @public
 */
export interface RawEvidence extends Evidence {
  facts?: JsonObject;
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
