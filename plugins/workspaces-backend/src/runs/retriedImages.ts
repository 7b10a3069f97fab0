import type { Knex } from 'knex';
import type { ReleaseImages } from '../store/ReleaseImages';
import type { RunInput, RunRow, StageRow } from '../store/rows';
import type { StageRef } from '../store/runChanges';
import type { WorkspaceStore } from '../store/WorkspaceStore';
import { pipelineOf } from './pipeline';
import { INSTEAD_OF_ROLLBACK } from './refusals';
import { RunProgress } from './RunProgress';

interface Retry {
  run: RunRow;
  stages: StageRow[];
  /** What is to be done again. */
  again: StageRef[];
}

interface Stores {
  images: Pick<ReleaseImages, 'refuseRetired'>;
  workspaces: Pick<WorkspaceStore, 'release'>;
}

/**
 * Refuses a retry that would deploy an image which is not kept, and would not build it. Restarts and scales
 * deploy what serves, which always is.
 */
export async function refuseRetiredImages(
  retry: Retry,
  { images, workspaces }: Stores,
  trx: Knex.Transaction,
): Promise<void> {
  const { number, kind, workspace_id: workspaceId, input } = retry.run;
  for (const app of deployedAsBuilt(retry)) {
    const refused = `Run ${number} cannot deploy "${app}" again`;
    if (kind === 'deploy') {
      const progress = new RunProgress(pipelineOf(kind), retry.stages);
      const image = String(progress.outputs('build', app).image);
      const instead = 'retry it from build, which makes the image again';
      const why = { refused, instead };
      await images.refuseRetired({ workspaceId, image }, why, trx);
    }
    if (kind === 'rollback') {
      const { release = 0 }: RunInput = JSON.parse(input);
      const row = await workspaces.release(workspaceId, app, release, trx);
      const why = { refused, instead: INSTEAD_OF_ROLLBACK };
      const image = row?.image ?? '';
      await images.refuseRetired({ workspaceId, image }, why, trx);
    }
  }
}

/** Apps that are deployed again and not built again. */
function deployedAsBuilt({ again }: Retry): string[] {
  const appsOf = (stage: StageRef['stage']) =>
    again.filter(each => each.stage === stage).map(({ app }) => app);
  const built = appsOf('build');
  return appsOf('deploy').filter(app => !built.includes(app));
}
