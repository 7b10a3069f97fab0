import { InputError, NotFoundError } from '@backstage/errors';
import {
  finalStageStates,
  type StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import { pipeline } from '../runs/pipeline';
import type { RunRow } from '../store/rows';
import type { RunStore } from '../store/RunStore';
import { latestAttempts } from '../store/runView';

/** The stage that a log is of; a log of what no stage of the run is does not exist. */
export function stageOf(run: RunRow, name: string, app: string): StageName {
  const stage = pipeline.find(each => each.name === name);
  const apps: string[] = JSON.parse(run.apps);
  if (!stage) {
    throw new InputError(
      `stage: "${name}" is unknown; accepted are ${pipeline
        .map(each => each.name)
        .join(', ')}`,
    );
  }
  if (stage.scope === 'workspace' ? app === '' : apps.includes(app))
    return stage.name;
  const has =
    stage.scope === 'workspace'
      ? 'it concerns the workspace'
      : `it is one of each app: ${apps.join(', ')}`;
  throw new NotFoundError(
    `The stage ${name} has no log of ${
      app ? `app "${app}"` : 'the workspace'
    }; ${has}`,
  );
}

/** Whether no line will be added, unless the stage is run again. */
export async function isLogComplete(
  runStore: RunStore,
  runId: string,
  stage: string,
  app: string,
): Promise<boolean> {
  const attempts = latestAttempts(await runStore.stages([runId]));
  const attempt = attempts.find(
    each => each.stage === stage && each.app === app,
  );
  return attempt !== undefined && finalStageStates.includes(attempt.state);
}
