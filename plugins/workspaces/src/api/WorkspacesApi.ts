import { createApiRef } from '@backstage/frontend-plugin-api';
import type {
  EndpointList,
  LogReference,
  LogPage,
  Run,
  RunList,
  StageName,
  StreamListener,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';

/**
 * Client of the workspaces backend. Every method rejects with a `ResponseError`
 * of `@backstage/errors` when the backend answers with an error.
 *
 * @public
 */
export interface WorkspacesApi {
  /**
   * @param workspace - Name of a live workspace, or the id of any.
   */
  getWorkspace(workspace: string): Promise<Workspace>;
  /** A page of runs, newest first. */
  listRuns(request: {
    workspace: string;
    app?: string;
    cursor?: string;
    limit?: number;
  }): Promise<RunList>;
  getRun(run: string): Promise<Run>;
  cancelRun(run: string): Promise<Run>;
  /**
   * @param from - The stage to begin at; the first that failed if absent.
   */
  retryRun(run: string, from?: StageName): Promise<Run>;
  /**
   * @param request - `from` is the first line, counted from 1, or from the end if negative.
   */
  getRunLogs(
    request: LogReference & { from?: number; limit?: number },
  ): Promise<LogPage>;
  /** The lines that hold a text; case is ignored. */
  searchRunLogs(
    request: LogReference & { text: string; from?: number; limit?: number },
  ): Promise<LogPage>;
  listEndpoints(request: {
    workspace: string;
    app?: string;
    cursor?: string;
    limit?: number;
  }): Promise<EndpointList>;
  /**
   * Follows topics (`run:<id>`, `workspace:<id>`, `log:<run>/<stage>/<app>`) until the
   * returned function is called. Begins with the current state of each topic.
   */
  follow(topics: string[], listener: StreamListener): () => void;
}

/**
 * Reference to the client of the workspaces backend.
 *
 * @public
 */
export const workspacesApiRef = createApiRef<WorkspacesApi>().with({
  id: 'plugin.workspaces.client',
  pluginId: 'workspaces',
});
