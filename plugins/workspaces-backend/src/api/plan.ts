import {
  workspaceCreatePermission,
  type NewWorkspace,
  type Plan,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Caller } from './authorize';
import { requesterOf } from './named';
import type { ApiRouter, ApiServices } from './services';

/** What a workspace would bring up. */
export function addPlanRoutes(router: ApiRouter, services: ApiServices): void {
  router.post('/plan', async (request, response) => {
    const caller = await services.authorizer.user(request);
    response.json(await planWorkspace(services, caller, request.body));
  });
}

/** The plan of a workspace, for who may create one. */
export async function planWorkspace(
  services: ApiServices,
  caller: Caller,
  body: NewWorkspace,
): Promise<Plan> {
  const { authorizer, planner } = services;
  await authorizer.require(caller, workspaceCreatePermission);
  const owner = await authorizer.owner(caller, body.owner);
  return planner.plan(body, owner, await requesterOf(services, caller));
}
