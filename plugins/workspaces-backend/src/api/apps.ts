import {
  workspaceDeployPermission,
  workspaceReadLogsPermission,
} from '@slipway/backstage-plugin-workspaces-common';
import { appLogStream } from '../logs/LogStore';
import type { AppRow, WorkspaceRow } from '../store/rows';
import { toApp } from '../workspaces/present';
import { audited } from './audit';
import {
  changeableWorkspace,
  namedApp,
  namedWorkspace,
  requesterOf,
} from './named';
import type { ApiRouter, ApiServices } from './services';

const DEFAULT_FIRST_LINE = -200;

/** Apps of a workspace, and what they write while they run. */
export function addAppRoutes(router: ApiRouter, services: ApiServices): void {
  const { auditor, authorizer, logs, observer, workspaces } = services;

  const presented = (workspace: WorkspaceRow, app: AppRow) =>
    toApp(app, observer.viewOf(workspace));

  router.get('/workspaces/:workspace/apps/:app', async (request, response) => {
    const caller = await authorizer.reader(request);
    const workspace = await namedWorkspace(
      services,
      caller,
      request.params.workspace,
    );
    response.json(
      presented(
        workspace,
        await namedApp(services, workspace, request.params.app),
      ),
    );
  });

  router.put('/workspaces/:workspace/apps/:app', async (request, response) => {
    const { workspace: name, app } = request.params;
    const event = { id: 'app-put', request, meta: { workspace: name, app } };
    const [workspace, row] = await audited(auditor, event, async () => {
      const caller = await authorizer.user(request);
      const found = await changeableWorkspace(
        services,
        caller,
        name,
        workspaceDeployPermission,
      );
      return [
        found,
        await workspaces.putApp(
          found,
          app,
          request.body,
          await requesterOf(services, caller),
        ),
      ] as const;
    });
    response.json(presented(workspace, row));
  });

  router.get(
    '/workspaces/:workspace/apps/:app/logs',
    async (request, response) => {
      const caller = await authorizer.reader(request);
      const { workspace: name, app } = request.params;
      const workspace = await namedWorkspace(
        services,
        caller,
        name,
        workspaceReadLogsPermission,
      );
      await namedApp(services, workspace, app);
      const { fromLine: from = DEFAULT_FIRST_LINE, limit } = request.query;
      const page = await logs.page(appLogStream(workspace.id, app), {
        from,
        limit,
      });
      response.json({ ...page, complete: workspace.live_name === null });
    },
  );
}
