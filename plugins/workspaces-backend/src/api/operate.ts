import {
  workspaceOperatePermission,
  type Run,
} from '@slipway/backstage-plugin-workspaces-common';
import type { JsonObject } from '@backstage/types';
import type { Request } from 'express';
import type { RunCaller } from '../runs/RunService';
import type { RunRow, WorkspaceRow } from '../store/rows';
import { audited } from './audit';
import { idempotencyOf, runMadeBefore } from './idempotency';
import { changeableWorkspace, namedApp } from './named';
import type { ApiRouter, ApiServices } from './services';

/** What serves an app is restarted and scaled. */
export function addOperateRoutes(
  router: ApiRouter,
  services: ApiServices,
): void {
  const { auditor, authorizer, runReader, runs } = services;

  /** Starts a run of the app that the request names, or answers the one that it started before. */
  async function operated(
    request: Pick<Request, 'header' | 'headers' | 'body'> & {
      params: { workspace: string; app: string };
    },
    action: { id: 'app-restart' | 'app-scale'; meta?: JsonObject },
    start: (workspace: WorkspaceRow, caller: RunCaller) => Promise<RunRow>,
  ): Promise<Run> {
    const { id, meta } = action;
    const { workspace: name, app } = request.params;
    const event = { id, request, meta: { workspace: name, app, ...meta } };
    const run = await audited(auditor, event, async done => {
      const caller = await authorizer.user(request);
      const workspace = await changeableWorkspace(
        services,
        caller,
        name,
        workspaceOperatePermission,
      );
      await namedApp(services, workspace, app);
      const route = `${id}:${workspace.id}/${app}`;
      const idempotency = idempotencyOf(request, caller, route, request.body);
      const started =
        (await runMadeBefore(services, idempotency)) ??
        (await start(workspace, { by: caller.ref, idempotency }));
      done.run = started.id;
      return started;
    });
    return runReader.whole(run);
  }

  router.post(
    '/workspaces/:workspace/apps/:app/restart',
    async (request, response) => {
      const { params, body } = request;
      const run = await operated(
        request,
        { id: 'app-restart' },
        (workspace, caller) =>
          runs.startRestart(workspace, params.app, body, caller),
      );
      response.status(202).json(run);
    },
  );

  router.post(
    '/workspaces/:workspace/apps/:app/scale',
    async (request, response) => {
      const { params, body } = request;
      const { replicas } = body;
      const run = await operated(
        request,
        { id: 'app-scale', meta: { replicas } },
        (workspace, caller) =>
          runs.startScale(workspace, params.app, body, caller),
      );
      response.status(202).json(run);
    },
  );
}
