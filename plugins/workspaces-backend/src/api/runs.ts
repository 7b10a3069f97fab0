import { toRunEvent } from '../store/runView';
import { askingBy } from './Asking';
import { cancelRun, retryRun, startRun } from './changeRuns';
import { fixRun } from './fixRun';
import { namedRun, namedWorkspaceFilter } from './named';
import type { ApiRouter, ApiServices } from './services';

const DEFAULT_EVENTS = 200;

/** Runs: start, list, read, cancel, retry. */
export function addRunRoutes(router: ApiRouter, services: ApiServices): void {
  const { authorizer, lists, runReader, runStore } = services;

  router.post('/workspaces/:workspace/runs', async (request, response) => {
    const asking = askingBy(request, authorizer);
    const { workspace } = request.params;
    response
      .status(202)
      .json(await startRun(services, asking, workspace, request.body));
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
    const asking = askingBy(request, authorizer);
    const { runId } = request.params;
    response.status(202).json(await cancelRun(services, asking, runId));
  });

  router.post('/runs/:runId/retry', async (request, response) => {
    const asking = askingBy(request, authorizer);
    const { runId } = request.params;
    const { from } = request.body;
    response.status(202).json(await retryRun(services, asking, runId, from));
  });

  router.post('/runs/:runId/fix', async (request, response) => {
    const asking = askingBy(request, authorizer);
    const { runId } = request.params;
    const { fix } = request.body;
    response.json(await fixRun(services, asking, runId, fix));
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
