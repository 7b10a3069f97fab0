import { ConflictError } from '@backstage/errors';
import {
  engineFixPermission,
  finalRunStates,
  workspaceOperatePermission,
  type AutomaticFix,
  type FixResult,
} from '@slipway/backstage-plugin-workspaces-common';
import type { RunRow, StageRow } from '../store/rows';
import { latestAttempts } from '../store/runView';
import { applyFix } from './applyFix';
import type { Asking } from './Asking';
import { audited } from './audit';
import { changeableWorkspace, namedRun } from './named';
import type { ApiServices } from './services';

/**
 * Lets the engine put right what a run failed of, for who may operate its workspace and, where the fix
 * changes what all workspaces share, for who may do that. A fix that fails is an answer, with its cause.
 */
export async function fixRun(
  services: ApiServices,
  asking: Asking,
  runId: string,
  fix: string,
): Promise<FixResult> {
  const event = {
    id: 'run-fix',
    request: asking.request,
    severity: 'high' as const,
    meta: { run: runId, fix, ...asking.meta },
  };
  return audited(services.auditor, event, async done => {
    const caller = await asking.user();
    const run = await namedRun(
      services,
      caller,
      runId,
      workspaceOperatePermission,
    );
    const workspace = await changeableWorkspace(
      services,
      caller,
      run.workspace_id,
    );
    const stage = await failedStage(services, run, fix);
    const { engine } = services.engines.get(workspace.engine);
    // What the engine says now: the diagnosis may be older than its configuration.
    const offered = engine.fixes?.offered[fix];
    if (!engine.fixes || !offered)
      throw new ConflictError(
        `fix: the engine "${engine.id}" no longer offers "${fix}"`,
      );
    if (offered.scope === 'engine')
      await services.authorizer.require(caller, engineFixPermission);

    return applyFix(
      services,
      {
        fixes: engine.fixes,
        fix,
        workspace: { id: workspace.id, name: workspace.name },
        stage: stage.stage,
        app: stage.app,
      },
      done,
    );
  });
}

/** The last attempt of a stage whose diagnosis offers the fix. */
async function failedStage(
  { runStore }: ApiServices,
  run: RunRow,
  fix: string,
): Promise<StageRow> {
  if (!finalRunStates.includes(run.state))
    throw new ConflictError(
      `The run has not ended; wait for its end or cancel it, then apply the fix`,
    );
  const offers = latestAttempts(await runStore.stages([run.id])).flatMap(
    stage => {
      const offered: AutomaticFix | undefined =
        stage.diagnosis && JSON.parse(stage.diagnosis).autoFix;
      return offered ? [{ stage, offered }] : [];
    },
  );
  const found = offers.find(({ offered }) => offered.id === fix);
  if (found) return found.stage;
  const accepted = offers.map(({ offered }) => `"${offered.id}"`).join(', ');
  throw new ConflictError(
    `fix: no diagnosis of the run offers "${fix}"; ${
      accepted ? `accepted are ${accepted}` : 'none offers an automatic fix'
    }`,
  );
}
