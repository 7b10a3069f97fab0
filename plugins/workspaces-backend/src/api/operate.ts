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

type ActionId = 'app-restart' | 'app-scale' | 'password-change';

/** What of the workspace is operated on. */
type Part =
  | { app: string; dependency?: never }
  | { dependency: string; app?: never };

/** What runs in a workspace is restarted and scaled, and its dependencies get other passwords. */
export function addOperateRoutes(
  router: ApiRouter,
  services: ApiServices,
): void {
  const { auditor, authorizer, runReader, runs } = services;

  /** Starts a run for what the request names, or answers the one that it started before. */
  async function operated(
    request: Pick<Request, 'header' | 'headers' | 'body'> & {
      params: { workspace: string };
    },
    action: { id: ActionId; part: Part; meta?: JsonObject },
    start: (workspace: WorkspaceRow, caller: RunCaller) => Promise<RunRow>,
  ): Promise<Run> {
    const { id, part, meta } = action;
    const { workspace: name } = request.params;
    const event = { id, request, meta: { workspace: name, ...part, ...meta } };
    const run = await audited(auditor, event, async done => {
      const caller = await authorizer.user(request);
      const workspace = await changeableWorkspace(
        services,
        caller,
        name,
        workspaceOperatePermission,
      );
      const { app, dependency } = part;
      if (app !== undefined) await namedApp(services, workspace, app);
      const route = `${id}:${workspace.id}/${app ?? dependency}`;
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
      const { app } = request.params;
      const run = await operated(
        request,
        { id: 'app-restart', part: { app } },
        (workspace, caller) =>
          runs.startRestart(workspace, app, request.body, caller),
      );
      response.status(202).json(run);
    },
  );

  router.post(
    '/workspaces/:workspace/apps/:app/scale',
    async (request, response) => {
      const { app } = request.params;
      const { replicas } = request.body;
      const run = await operated(
        request,
        { id: 'app-scale', part: { app }, meta: { replicas } },
        (workspace, caller) =>
          runs.startScale(workspace, app, request.body, caller),
      );
      response.status(202).json(run);
    },
  );

  router.post(
    '/workspaces/:workspace/dependencies/:dependency/password',
    async (request, response) => {
      const { dependency } = request.params;
      const run = await operated(
        request,
        { id: 'password-change', part: { dependency } },
        (workspace, caller) =>
          runs.startPasswordChange(workspace, dependency, request.body, caller),
      );
      response.status(202).json(run);
    },
  );
}
