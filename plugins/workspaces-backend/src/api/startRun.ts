import type { NewRun } from '@slipway/backstage-plugin-workspaces-common';
import type { IdempotentRequest } from '../store/IdempotencyStore';
import type { RunRow, WorkspaceRow } from '../store/rows';
import type { Caller } from './authorize';
import { requesterOf } from './named';
import type { ApiServices } from './services';

/** Starts a run that deploys, after the sources that it brings along were checked for the caller. */
export async function startRun(
  services: ApiServices,
  caller: Caller,
  workspace: WorkspaceRow,
  body: NewRun,
  idempotency: IdempotentRequest | undefined,
): Promise<RunRow> {
  const requester = await requesterOf(services, caller);
  const context = {
    owner: workspace.owner,
    requester,
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
