import { createApiRef } from '@backstage/frontend-plugin-api';
import type {
  Endpoint,
  EndpointList,
  LogLine,
  LogPage,
  Run,
  RunEvent,
  RunList,
  StageName,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';

/**
 * The log of one stage of a run; of one app where the stage concerns an app.
 *
 * @public
 */
export interface LogReference {
  run: string;
  stage: StageName;
  app?: string;
}

/**
 * What the live stream says. Every message carries the whole thing that changed,
 * except `log`, which carries lines that follow on those before.
 *
 * @public
 */
export type StreamMessage =
  | { type: 'run'; data: Run }
  | { type: 'event'; data: RunEvent }
  | {
      type: 'log';
      data: LogReference & { items: LogLine[]; complete: boolean };
    }
  | { type: 'endpoint'; data: Endpoint }
  | { type: 'workspace'; data: Workspace }
  | { type: 'deleted'; data: { workspace: string } };

/**
 * What listens to a live stream.
 *
 * @public
 */
export interface StreamListener {
  onMessage(message: StreamMessage): void;
  /** Something arrived, be it only a heartbeat. */
  onSeen(): void;
  /** The connection was opened, or was lost and is being opened again. */
  onConnection(state: 'live' | 'reconnecting'): void;
  /** The server refuses the stream; it is not asked again. */
  onRefused(error: Error): void;
}

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

/**
 * Topic of the live stream for the log of one stage.
 *
 * @public
 */
export function logTopic(log: LogReference): string {
  return `log:${log.run}/${log.stage}/${log.app ?? ''}`;
}
