import type {
  FixResult,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import type { EngineFixes } from '@slipway/backstage-plugin-workspaces-node';
import type { JsonObject } from '@backstage/types';
import { diagnose } from '../diagnosis/diagnose';
import { Redactor } from '../logs/redact';
import { explainFailure } from '../runs/failure';
import type { ApiServices } from './services';

/** Longer than any fix may take: a request is not waited for without end. */
const LONGEST_FIX = 5 * 60_000;

/**
 * Has an engine apply a fix that it offers. One that fails is an answer, with its cause.
 *
 * @param done - What the audit log says of it.
 */
export async function applyFix(
  { logger }: ApiServices,
  asked: {
    fixes: EngineFixes;
    fix: string;
    workspace?: { id: string; name: string };
    /** Where a run would have failed of it. */
    stage: StageName;
    app?: string;
  },
  done: JsonObject,
): Promise<FixResult> {
  const { fixes, fix, workspace, stage, app = '' } = asked;
  const steps: string[] = [];
  done.steps = steps; // also those of one that fails half way
  const signal = AbortSignal.timeout(LONGEST_FIX);
  try {
    for await (const { message } of fixes.apply(fix, {
      workspace,
      signal,
      logger,
    }))
      steps.push(message);
  } catch (error) {
    const { diagnosis } = explainFailure(
      { stage, app, error, seen: [] },
      diagnose,
      new Redactor(),
    );
    done.failed = diagnosis.code;
    return { applied: false, steps, diagnosis };
  }
  return { applied: true, steps };
}
