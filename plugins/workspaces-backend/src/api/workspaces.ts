import { InputError } from '@backstage/errors';
import {
  workspaceCreatePermission,
  workspaceDeletePermission,
  workspaceDeployPermission,
  type Workspace,
  type WorkspaceChange,
  type WorkspaceList,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Request, Response } from 'express';
import type { WorkspaceQuery } from '../store/Lists';
import type { RunRow, WorkspaceRow } from '../store/rows';
import { audited } from './audit';
import type { Caller } from './authorize';
import { idempotencyOf } from './idempotency';
import { changeableWorkspace, namedWorkspace, requesterOf } from './named';
import type { ApiRouter, ApiServices } from './services';

/** Workspaces: list, create, read, change, delete. */
export function addWorkspaceRoutes(
  router: ApiRouter,
  services: ApiServices,
): void {
  const { auditor, authorizer, runReader, runs, workspaces } = services;

  router.get('/workspaces', async (request, response) => {
    const caller = await authorizer.reader(request);
    const { deleted, ...query } = request.query;
    response.json(
      await listWorkspaces(services, caller, {
        ...query,
        deleted: deleted === 'true',
      }),
    );
  });

  router.post('/workspaces', async (request, response) => {
    const event = {
      id: 'workspace-create',
      request,
      meta: { workspace: request.body.name },
    };
    const workspace = await audited(auditor, event, async done => {
      const caller = await authorizer.user(request);
      await authorizer.require(caller, workspaceCreatePermission);
      const owner = await authorizer.owner(caller, request.body.owner);
      const idempotency = idempotencyOf(
        request,
        caller,
        'workspaces',
        request.body,
      );
      const row = await workspaces.create(
        request.body,
        owner,
        await requesterOf(services, caller),
        idempotency,
      );
      done.id = row.id;
      return row;
    });
    response.status(201).json(await presented(services, workspace));
  });

  router.get('/workspaces/:workspace', async (request, response) => {
    const caller = await authorizer.reader(request);
    response.json(
      await presented(
        services,
        await namedWorkspace(services, caller, request.params.workspace),
      ),
    );
  });

  router.patch(
    '/workspaces/:workspace',
    async (request: Request, response: Response<Workspace>) => {
      const event = {
        id: 'workspace-update',
        request,
        meta: { workspace: request.params.workspace },
      };
      const workspace = await audited(auditor, event, async () => {
        const caller = await authorizer.user(request);
        const row = await changeableWorkspace(
          services,
          caller,
          request.params.workspace,
          workspaceDeployPermission,
        );
        return workspaces.update(
          row,
          request.body as WorkspaceChange,
          await requesterOf(services, caller),
        );
      });
      response.json(await presented(services, workspace));
    },
  );

  router.delete('/workspaces/:workspace', async (request, response) => {
    const { workspace } = request.params;
    const event = {
      id: 'workspace-delete',
      request,
      severity: 'high' as const,
      meta: { workspace },
    };
    const run = await audited(auditor, event, async done => {
      const caller = await authorizer.user(request);
      const row = await namedWorkspace(
        services,
        caller,
        workspace,
        workspaceDeletePermission,
      );
      if (request.query.confirm !== row.name) {
        throw new InputError(
          `confirm: must be the name of the workspace, "${row.name}"`,
        );
      }
      const started =
        (await deletionOf(services, row)) ??
        (await runs.startDelete(row, { by: caller.ref }));
      done.run = started.id;
      return started;
    });
    response.status(202).json(await runReader.whole(run));
  });
}

/** A page of the workspaces that the caller may read. */
export async function listWorkspaces(
  { authorizer, lists, workspaces }: ApiServices,
  caller: Caller,
  query: WorkspaceQuery,
): Promise<WorkspaceList> {
  const permitted = await authorizer.readable(caller);
  const page = await lists.workspaces(query, permitted);
  return {
    items: await workspaces.present(page.rows),
    nextCursor: page.nextCursor,
  };
}

async function presented(
  { workspaces }: ApiServices,
  row: WorkspaceRow,
): Promise<Workspace> {
  const [workspace] = await workspaces.present([row]);
  return workspace;
}

/** The run that deleted a workspace that is gone. */
async function deletionOf(
  { lists }: ApiServices,
  workspace: WorkspaceRow,
): Promise<RunRow | undefined> {
  if (workspace.deleted_at === null) return undefined;
  const { rows } = await lists.runs(
    { workspaceId: workspace.id, kind: 'delete', limit: 1 },
    undefined,
  );
  return rows[0];
}
