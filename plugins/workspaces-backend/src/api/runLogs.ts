import { workspaceReadLogsPermission } from '@slipway/backstage-plugin-workspaces-common';
import { runLogStream } from '../logs/LogStore';
import type { Caller } from './authorize';
import { namedRun } from './named';
import type { ApiRouter, ApiServices } from './services';
import { isLogComplete, stageOf } from './stages';

/** Logs of the stages of runs, by line. */
export function addRunLogRoutes(
  router: ApiRouter,
  services: ApiServices,
): void {
  const { authorizer, logs, runStore } = services;

  const namedLog = async (
    caller: Caller,
    runId: string,
    query: { stage: string; app?: string },
  ) => {
    const run = await namedRun(
      services,
      caller,
      runId,
      workspaceReadLogsPermission,
    );
    const { app = '' } = query;
    const stage = stageOf(run, query.stage, app);
    return {
      stream: runLogStream(run.id, stage, app || undefined),
      complete: await isLogComplete(runStore, run.id, stage, app),
    };
  };

  router.get('/runs/:runId/logs', async (request, response) => {
    const caller = await authorizer.reader(request);
    const { stream, complete } = await namedLog(
      caller,
      request.params.runId,
      request.query,
    );
    const { fromLine: from, limit } = request.query;
    const page = await logs.page(stream, { from, limit });
    response.json({ ...page, complete });
  });

  router.get('/runs/:runId/logs/search', async (request, response) => {
    const caller = await authorizer.reader(request);
    const { stream, complete } = await namedLog(
      caller,
      request.params.runId,
      request.query,
    );
    const { text, fromLine: from, limit } = request.query;
    const page = await logs.search(stream, { text, from, limit });
    response.json({ ...page, complete });
  });
}
