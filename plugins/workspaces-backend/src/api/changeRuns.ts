import {
  workspaceDeletePermission,
  workspaceDeployPermission,
  workspaceOperatePermission,
  type NewRun,
  type Run,
  type StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import type { IdempotentRequest } from '../store/IdempotencyStore';
import type { RunRow, WorkspaceRow } from '../store/rows';
import type { Asking } from './Asking';
import { audited } from './audit';
import type { Caller } from './authorize';
import { idempotentRequest, runMadeBefore } from './idempotency';
import { changeableWorkspace, namedRun, requesterOf } from './named';
import type { ApiServices } from './services';

/** What it takes to have a run carried out once more. */
const permissionOf = {
  deploy: workspaceDeployPermission,
  rollback: workspaceDeployPermission,
  restart: workspaceOperatePermission,
  scale: workspaceOperatePermission,
  password: workspaceOperatePermission,
  delete: workspaceDeletePermission,
};

/** Starts a run that deploys apps of a workspace, for who may deploy there. */
export async function startRun(
  services: ApiServices,
  asking: Asking,
  name: string,
  body: NewRun,
): Promise<Run> {
  const event = {
    id: 'run-start',
    request: asking.request,
    meta: { workspace: name, ...asking.meta },
  };
  const run = await audited(services.auditor, event, async done => {
    const caller = await asking.user();
    const workspace = await changeableWorkspace(
      services,
      caller,
      name,
      workspaceDeployPermission,
    );
    const idempotency = idempotentRequest(
      asking.idempotencyKey,
      caller,
      `runs:${workspace.id}`,
      body,
    );
    const started =
      (await runMadeBefore(services, idempotency)) ??
      (await startChecked(services, caller, workspace, body, idempotency));
    done.run = started.id;
    return started;
  });
  return services.runReader.whole(run);
}

/** Asks for a run to be stopped, for who may operate its workspace. */
export async function cancelRun(
  services: ApiServices,
  asking: Asking,
  runId: string,
): Promise<Run> {
  const event = {
    id: 'run-cancel',
    request: asking.request,
    meta: { run: runId, ...asking.meta },
  };
  const run = await audited(services.auditor, event, async () => {
    const caller = await asking.user();
    const { id } = await namedRun(
      services,
      caller,
      runId,
      workspaceOperatePermission,
    );
    return services.runs.cancel(id, { by: caller.ref });
  });
  return services.runReader.whole(run);
}

/** Queues a run once more, for who may do what it does. */
export async function retryRun(
  services: ApiServices,
  asking: Asking,
  runId: string,
  from: StageName | undefined,
): Promise<Run> {
  const event = {
    id: 'run-retry',
    request: asking.request,
    meta: { run: runId, from, ...asking.meta },
  };
  const run = await audited(services.auditor, event, async () => {
    const caller = await asking.user();
    const { id, kind } = await namedRun(services, caller, runId);
    await namedRun(services, caller, id, permissionOf[kind]);
    return services.runs.retry(id, from, { by: caller.ref });
  });
  return services.runReader.whole(run);
}

/** The sources that a run brings along are checked for the caller first. */
async function startChecked(
  services: ApiServices,
  caller: Caller,
  workspace: WorkspaceRow,
  body: NewRun,
  idempotency: IdempotentRequest | undefined,
): Promise<RunRow> {
  const context = {
    owner: workspace.owner,
    requester: await requesterOf(services, caller),
    workspaceId: workspace.id,
  };
  for (const [index, { source }] of (body.apps ?? []).entries()) {
    if (source)
      await services.references.checkSource(
        `apps[${index}].source`,
        source,
        context,
      );
  }
  return services.runs.start(workspace, body, { by: caller.ref, idempotency });
}
