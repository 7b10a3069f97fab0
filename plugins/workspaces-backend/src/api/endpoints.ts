import { NotFoundError } from '@backstage/errors';
import {
  workspaceOperatePermission,
  type Endpoint,
  type EndpointChange,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Request, Response } from 'express';
import type { EndpointRow, WorkspaceRow } from '../store/rows';
import { audited } from './audit';
import type { Caller } from './authorize';
import { namedWorkspaceFilter } from './named';
import type { ApiRouter, ApiServices } from './services';

const DEFAULT_HOURS = 1;

/** Endpoints: where apps are reached, and at which port of this machine. */
export function addEndpointRoutes(
  router: ApiRouter,
  services: ApiServices,
): void {
  const { auditor, authorizer, endpoints, endpointHistory, lists } = services;

  router.get('/endpoints', async (request, response) => {
    const caller = await authorizer.reader(request);
    const permitted = await authorizer.readable(caller);
    const { workspace, ...query } = request.query;
    const workspaceId = await namedWorkspaceFilter(services, workspace);
    const page = await lists.endpoints({ ...query, workspaceId }, permitted);
    response.json({
      items: await presented(services, page.rows),
      nextCursor: page.nextCursor,
    });
  });

  router.get('/endpoints/:endpointId', async (request, response) => {
    const caller = await authorizer.reader(request);
    const { endpoint } = await namedEndpoint(
      services,
      caller,
      request.params.endpointId,
    );
    const [item] = await presented(services, [endpoint]);
    response.json(item);
  });

  router.get('/endpoints/:endpointId/history', async (request, response) => {
    const caller = await authorizer.reader(request);
    const { endpoint } = await namedEndpoint(
      services,
      caller,
      request.params.endpointId,
    );
    const { hours = DEFAULT_HOURS } = request.query;
    response.json(await endpointHistory.read(endpoint.id, hours));
  });

  router.patch(
    '/endpoints/:endpointId',
    async (request: Request, response: Response<Endpoint>) => {
      const { endpointId } = request.params;
      const { stablePort } = request.body as EndpointChange;
      const event = {
        id: 'endpoint-update',
        request,
        meta: { endpoint: endpointId, stablePort },
      };
      const moved = await audited(auditor, event, async () => {
        const caller = await authorizer.user(request);
        const { endpoint } = await namedEndpoint(
          services,
          caller,
          endpointId,
          workspaceOperatePermission,
        );
        return endpoints.move(endpoint.id, stablePort);
      });
      const [item] = await presented(services, [moved]);
      response.json(item);
    },
  );
}

async function namedEndpoint(
  { authorizer, endpoints, workspaceStore }: ApiServices,
  caller: Caller,
  id: string,
  ...permissions: (typeof workspaceOperatePermission)[]
): Promise<{ endpoint: EndpointRow; workspace: WorkspaceRow }> {
  const endpoint = await endpoints.get(id);
  const found = endpoint && (await workspaceStore.get(endpoint.workspace_id));
  const workspace = await authorizer.requireOn(
    caller,
    found,
    `endpoint "${id}"`,
    ...permissions,
  );
  if (!endpoint) throw new NotFoundError(`There is no endpoint "${id}"`);
  return { endpoint, workspace };
}

/** An endpoint whose app went meanwhile is left out. */
async function presented(
  { endpoints, workspaceStore }: ApiServices,
  rows: EndpointRow[],
): Promise<Endpoint[]> {
  const ids = [...new Set(rows.map(row => row.workspace_id))];
  const [workspaces, apps] = await Promise.all([
    workspaceStore.getMany(ids),
    workspaceStore.appsOf(ids),
  ]);
  return rows.flatMap(row => {
    const workspace = workspaces.find(each => each.id === row.workspace_id);
    const app = apps.find(
      each => each.workspace_id === row.workspace_id && each.name === row.app,
    );
    return workspace && app ? [endpoints.toEndpoint(row, workspace, app)] : [];
  });
}
