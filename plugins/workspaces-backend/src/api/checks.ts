import { workspacesAdministerPermission } from '@slipway/backstage-plugin-workspaces-common';
import { askingBy } from './Asking';
import { fixEngine } from './fixEngine';
import type { ApiRouter, ApiServices } from './services';

/** Preflight of the installation. */
export function addCheckRoutes(router: ApiRouter, services: ApiServices): void {
  const { authorizer, checks } = services;
  router.get('/checks', async (request, response) => {
    const caller = await authorizer.reader(request);
    await authorizer.require(caller, workspacesAdministerPermission);
    response.json({ items: await checks.all() });
  });

  router.post('/checks/fix', async (request, response) => {
    const asking = askingBy(request, authorizer);
    response.json(await fixEngine(services, asking, request.body));
  });
}
