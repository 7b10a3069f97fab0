import { ConflictError, InputError } from '@backstage/errors';
import type { StageName } from '@slipway/backstage-plugin-workspaces-common';
import type { StageRef } from '../store/runChanges';
import type { RunRow, StageRow } from '../store/rows';
import { pipelineOf } from './pipeline';
import { RunProgress } from './RunProgress';

/**
 * Which stages of a run that has ended are done again.
 *
 * - Apps that got through all of their stages are left alone, unless all did: then a
 *   retry needs `from` and concerns all of them.
 * - All that was not got through is done again; `from` adds a stage that was.
 * - What needs a stage that is done again is done again as well.
 * - Where a stage that is done again builds upon one whose result did not outlive the run
 *   (a failed run's release is removed at its end), that one is done again too: a retry
 *   from `verify` deploys the image that was built.
 *
 * Everything else keeps its attempt and its outputs.
 */
export function stagesToRetry(
  run: Pick<RunRow, 'kind' | 'number' | 'state'>,
  attempts: StageRow[],
  from: StageName | undefined,
): StageRef[] {
  const pipeline = pipelineOf(run.kind);
  const progress = new RunProgress(pipeline, attempts);
  refuseUnknown(
    run,
    pipeline.map(stage => stage.name),
    from,
  );
  const rows = progress.rows();
  const open = rows.filter(row => !progress.isThrough(row));
  if (open.length === 0 && from === undefined) {
    throw new ConflictError(
      `Run ${run.number} got through all of its stages; name the stage to run again from`,
    );
  }
  const openApps = new Set(open.map(row => row.app));
  const concerned = rows.filter(
    row => open.length === 0 || row.app === '' || openApps.has(row.app),
  );
  const again = new Set(
    concerned.filter(row => row.stage === from || open.includes(row)),
  );
  for (let before = -1; before < again.size; ) {
    before = again.size;
    for (const row of concerned) {
      const needs = progress.needsOf(row);
      if (needs.some(need => again.has(need))) again.add(row);
      if (!again.has(row)) continue;
      needs
        .filter(need => !progress.definition(need.stage).lasting)
        .forEach(need => again.add(need));
    }
  }
  return [...again].map(({ stage, app }) => ({ stage, app }));
}

function refuseUnknown(
  run: Pick<RunRow, 'kind' | 'number'>,
  names: StageName[],
  from: StageName | undefined,
): void {
  if (from === undefined || names.includes(from)) return;
  throw new InputError(
    `from: "${from}" is no stage of run ${
      run.number
    }; accepted are ${names.join(', ')}`,
  );
}
