import { isError } from '@backstage/errors';
import type {
  Diagnosis,
  Evidence,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import type {
  EngineFixes,
  RawEvidence,
} from '@slipway/backstage-plugin-workspaces-node';
import type { Redactor } from '../logs/redact';
import type { RunServices } from './services';

const MOST_PIECES = 50;
const LARGEST_PIECE = 8 * 1024;
const LONGEST_REASON = 1_000;

/** Errors by which the core itself says what is wrong, for people to read. */
const spokenErrors = ['InputError', 'ConflictError', 'NotFoundError'];

export interface FailedWork {
  stage: StageName;
  app: string;
  error: unknown;
  /** What was seen before, apart from what the error carries. */
  seen: RawEvidence[];
  /** What the engine puts right itself. */
  fixes?: EngineFixes['offered'];
}

/** Names the cause of a failure of a stage, with evidence that is redacted and bounded. */
export function explainFailure(
  failed: FailedWork,
  diagnose: RunServices['diagnose'],
  redactor: Redactor,
): { reason: string; diagnosis: Diagnosis } {
  const message = messageOf(failed.error);
  const diagnosis = redacted(causeOf(failed, message, diagnose), redactor);
  const reason = redactor.redact(message).slice(0, LONGEST_REASON);
  return { reason, diagnosis };
}

function causeOf(
  failed: FailedWork,
  message: string,
  diagnose: RunServices['diagnose'],
): Diagnosis {
  const { stage, app, error, seen, fixes } = failed;
  const evidence = [...(evidenceIn(error) ?? [told(error, message)]), ...seen];
  const diagnosis = diagnose({
    stage,
    app: app || undefined,
    message,
    evidence,
    fixes,
  });
  const spoken = isError(error) && spokenErrors.includes(error.name);
  return diagnosis.code === 'UNKNOWN' && spoken
    ? {
        ...diagnosis,
        cause: message,
        fix: 'Change what the cause names, then retry.',
        fixedBy: 'user',
      }
    : diagnosis;
}

/** What an engine has seen; `undefined` where the error is of somebody else. */
export function evidenceIn(error: unknown): RawEvidence[] | undefined {
  // Errors come from engine modules, whose copy of the class may be another one.
  return isError(error) && error.name === 'EngineError'
    ? (error as { evidence?: RawEvidence[] }).evidence
    : undefined;
}

function told(error: unknown, message: string): RawEvidence {
  return {
    kind: 'error',
    source: isError(error) ? error.name : 'error',
    at: new Date().toISOString(),
    text: message,
  };
}

function messageOf(error: unknown): string {
  return isError(error) ? error.message : String(error);
}

function redacted(diagnosis: Diagnosis, redactor: Redactor): Diagnosis {
  return {
    ...diagnosis,
    cause: redactor.redact(diagnosis.cause),
    fix: redactor.redact(diagnosis.fix),
    evidence: bounded(diagnosis.evidence).map(
      ({ kind, source, at, text, first }) => ({
        kind,
        source: redactor.redact(source),
        at,
        text: cut(redactor.redact(text)),
        ...(first && { first }),
      }),
    ),
  };
}

/** The first sign, what followed it, and what came last. */
function bounded(evidence: Evidence[]): Evidence[] {
  const ordered = [
    ...evidence.filter(piece => piece.first),
    ...evidence.filter(piece => !piece.first),
  ];
  if (ordered.length <= MOST_PIECES) return ordered;
  const half = MOST_PIECES / 2;
  return [...ordered.slice(0, half), ...ordered.slice(-half)];
}

function cut(text: string): string {
  if (Buffer.byteLength(text) <= LARGEST_PIECE) return text;
  const note = ' [cut here]';
  const kept = Buffer.from(text).subarray(0, LARGEST_PIECE - note.length);
  return new TextDecoder().decode(kept, { stream: true }) + note; // drops half a character
}
