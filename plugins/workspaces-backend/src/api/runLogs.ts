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
    response.json({
      ...(await logs.page(stream, lineRange(request.query))),
      complete,
    });
  });

  router.get('/runs/:runId/logs/search', async (request, response) => {
    const caller = await authorizer.reader(request);
    const { stream, complete } = await namedLog(
      caller,
      request.params.runId,
      request.query,
    );
    const { searchedTo, ...page } = await logs.search(stream, {
      text: request.query.text,
      ...lineRange(request.query),
    });
    response.json({ ...page, complete });
  });
}

/** Which lines are asked for. The generated types call `from`, a word of the language, `_from`. */
export function lineRange(query: object): { from?: number; limit?: number } {
  const { from, limit } = query as { from?: number; limit?: number };
  return { from, limit };
}
