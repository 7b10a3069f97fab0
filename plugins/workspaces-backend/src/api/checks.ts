import { workspacesAdministerPermission } from '@slipway/backstage-plugin-workspaces-common';
import type { ApiRouter, ApiServices } from './services';

/** Preflight of the installation. */
export function addCheckRoutes(
  router: ApiRouter,
  { authorizer, checks }: ApiServices,
): void {
  router.get('/checks', async (request, response) => {
    const caller = await authorizer.reader(request);
    await authorizer.require(caller, workspacesAdministerPermission);
    response.json({ items: await checks.all() });
  });
}
