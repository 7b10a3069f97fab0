import { workspaceCreatePermission } from '@slipway/backstage-plugin-workspaces-common';
import type { ApiRouter, ApiServices } from './services';
import { requesterOf } from './named';

/** What a workspace would bring up. */
export function addPlanRoutes(router: ApiRouter, services: ApiServices): void {
  const { authorizer, planner } = services;

  router.post('/plan', async (request, response) => {
    const caller = await authorizer.user(request);
    await authorizer.require(caller, workspaceCreatePermission);
    const owner = await authorizer.owner(caller, request.body.owner);
    response.json(
      await planner.plan(
        request.body,
        owner,
        await requesterOf(services, caller),
      ),
    );
  });
}
