import {
  workspaceDeletePermission,
  workspaceDeployPermission,
  workspaceOperatePermission,
} from '@slipway/backstage-plugin-workspaces-common';
import { toRunEvent } from '../store/runView';
import { audited } from './audit';
import { idempotencyOf, runMadeBefore } from './idempotency';
import { changeableWorkspace, namedRun, namedWorkspaceFilter } from './named';
import type { ApiRouter, ApiServices } from './services';
import { startRun } from './startRun';

const DEFAULT_EVENTS = 200;

/** What it takes to start a run, and to have it carried out once more. */
const permissionOf = {
  deploy: workspaceDeployPermission,
  rollback: workspaceDeployPermission,
  restart: workspaceOperatePermission,
  scale: workspaceOperatePermission,
  delete: workspaceDeletePermission,
};

/** Runs: start, list, read, cancel, retry. */
export function addRunRoutes(router: ApiRouter, services: ApiServices): void {
  const { auditor, authorizer, lists, runReader, runs, runStore } = services;

  router.post('/workspaces/:workspace/runs', async (request, response) => {
    const { workspace: name } = request.params;
    const event = { id: 'run-start', request, meta: { workspace: name } };
    const run = await audited(auditor, event, async done => {
      const caller = await authorizer.user(request);
      const workspace = await changeableWorkspace(
        services,
        caller,
        name,
        workspaceDeployPermission,
      );
      const idempotency = idempotencyOf(
        request,
        caller,
        `runs:${workspace.id}`,
        request.body,
      );
      const started =
        (await runMadeBefore(services, idempotency)) ??
        (await startRun(
          services,
          caller,
          workspace,
          request.body,
          idempotency,
        ));
      done.run = started.id;
      return started;
    });
    response.status(202).json(await runReader.whole(run));
  });

  router.get('/runs', async (request, response) => {
    const caller = await authorizer.reader(request);
    const permitted = await authorizer.readable(caller);
    const { workspace, ...query } = request.query;
    const workspaceId = await namedWorkspaceFilter(services, workspace);
    const page = await lists.runs({ ...query, workspaceId }, permitted);
    response.json({
      items: await runReader.summaries(page.rows),
      nextCursor: page.nextCursor,
    });
  });

  router.get('/runs/:runId', async (request, response) => {
    const caller = await authorizer.reader(request);
    response.json(
      await runReader.whole(
        await namedRun(services, caller, request.params.runId),
      ),
    );
  });

  router.post('/runs/:runId/cancel', async (request, response) => {
    const event = {
      id: 'run-cancel',
      request,
      meta: { run: request.params.runId },
    };
    const run = await audited(auditor, event, async () => {
      const caller = await authorizer.user(request);
      const { id } = await namedRun(
        services,
        caller,
        request.params.runId,
        workspaceOperatePermission,
      );
      return runs.cancel(id, { by: caller.ref });
    });
    response.status(202).json(await runReader.whole(run));
  });

  router.post('/runs/:runId/retry', async (request, response) => {
    const { from } = request.body;
    const event = {
      id: 'run-retry',
      request,
      meta: { run: request.params.runId, from },
    };
    const run = await audited(auditor, event, async () => {
      const caller = await authorizer.user(request);
      const { id, kind } = await namedRun(
        services,
        caller,
        request.params.runId,
      );
      await namedRun(services, caller, id, permissionOf[kind]);
      return runs.retry(id, from, { by: caller.ref });
    });
    response.status(202).json(await runReader.whole(run));
  });

  router.get('/runs/:runId/events', async (request, response) => {
    const caller = await authorizer.reader(request);
    const { id } = await namedRun(services, caller, request.params.runId);
    const { after = 0, limit = DEFAULT_EVENTS } = request.query;
    const rows = await runStore.events(id, after, limit + 1);
    const items = rows.slice(0, limit).map(toRunEvent);
    response.json({
      items,
      nextAfter: rows.length > limit ? items.at(-1)?.sequence : undefined,
    });
  });
}
