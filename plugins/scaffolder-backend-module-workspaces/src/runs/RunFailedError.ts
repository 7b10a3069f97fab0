import { CustomErrorBase } from '@backstage/errors';
import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import { stageTitle } from './RunLog';

/** A run did not succeed: in which stage, why, what to do, and where to see it. */
export class RunFailedError extends CustomErrorBase {
  name = 'RunFailedError' as const;

  constructor(run: Run, page: string | undefined) {
    super([whatHappened(run), page && `See ${page}`].filter(Boolean).join(' '));
  }
}

function whatHappened(run: Run): string {
  const subject = `Run ${run.number} of ${run.workspaceName}`;
  if (run.state === 'cancelled') return `${subject} was cancelled.`;
  const { diagnosis } = run;
  if (!diagnosis) return `${subject} ${run.state}.`;
  const stage = run.stages.findLast(
    each =>
      each.state === 'failed' && each.diagnosis?.cause === diagnosis.cause,
  );
  const where = stage ? ` in ${stageTitle(stage)}` : '';
  const { code, cause, fix } = diagnosis;
  return `${subject} failed${where}: ${cause} (${code}). ${fix}`;
}
