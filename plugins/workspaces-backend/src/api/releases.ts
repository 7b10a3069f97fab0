import { InputError } from '@backstage/errors';
import {
  workspaceDeployPermission,
  type Release,
} from '@slipway/backstage-plugin-workspaces-common';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor } from '../store/listing';
import type { ReleaseRow } from '../store/rows';
import { audited } from './audit';
import { idempotencyOf, runMadeBefore } from './idempotency';
import { changeableWorkspace, namedApp, namedWorkspace } from './named';
import type { ApiRouter, ApiServices } from './services';

/** Releases of an app, and the way back to one of them. */
export function addReleaseRoutes(
  router: ApiRouter,
  services: ApiServices,
): void {
  const { auditor, authorizer, runReader, runs, workspaceStore } = services;

  router.get(
    '/workspaces/:workspace/apps/:app/releases',
    async (request, response) => {
      const caller = await authorizer.reader(request);
      const workspace = await namedWorkspace(
        services,
        caller,
        request.params.workspace,
      );
      const app = await namedApp(services, workspace, request.params.app);
      const { cursor, limit = DEFAULT_LIMIT } = request.query;
      const before =
        cursor === undefined ? undefined : numberOf(cursor, app.name);
      const rows = await workspaceStore.releases(workspace.id, app.name, {
        before,
        limit: limit + 1,
      });
      const items = rows.slice(0, limit);
      const more = rows.length > limit;
      response.json({
        items: items.map(toRelease),
        nextCursor: more
          ? encodeCursor([items[limit - 1].number, app.name])
          : undefined,
      });
    },
  );

  router.post(
    '/workspaces/:workspace/apps/:app/rollback',
    async (request, response) => {
      const { workspace: name, app } = request.params;
      const event = {
        id: 'app-rollback',
        request,
        meta: { workspace: name, app, release: request.body.release },
      };
      const run = await audited(auditor, event, async done => {
        const caller = await authorizer.user(request);
        const workspace = await changeableWorkspace(
          services,
          caller,
          name,
          workspaceDeployPermission,
        );
        await namedApp(services, workspace, app);
        const route = `rollback:${workspace.id}/${app}`;
        const idempotency = idempotencyOf(request, caller, route, request.body);
        const started =
          (await runMadeBefore(services, idempotency)) ??
          (await runs.startRollback(workspace, app, request.body, {
            by: caller.ref,
            idempotency,
          }));
        done.run = started.id;
        return started;
      });
      response.status(202).json(await runReader.whole(run));
    },
  );
}

function numberOf(cursor: string, app: string): number {
  const [number, of] = decodeCursor(cursor);
  if (of !== app)
    throw new InputError(
      `cursor: belongs to the list of another app than "${app}"`,
    );
  return number;
}

function toRelease(row: ReleaseRow): Release {
  const migration: string[] | null =
    row.migration === null ? null : JSON.parse(row.migration);
  return {
    workspace: row.workspace_id,
    app: row.app,
    number: row.number,
    run: row.run_id,
    image: row.image,
    revision: row.revision ?? undefined,
    migration: migration?.join(' '),
    createdAt: new Date(row.created_at).toISOString(),
    state: row.state,
  };
}
