import { createApiRef } from '@backstage/frontend-plugin-api';
import type {
  App,
  AppDefinition,
  CheckList,
  Endpoint,
  EndpointHistory,
  EndpointList,
  LogReference,
  LogPage,
  NewRun,
  NewSecret,
  NewWorkspace,
  Plan,
  ReleaseList,
  Run,
  RunList,
  Secret,
  SourceInspection,
  SourceToInspect,
  StageName,
  StreamListener,
  UploadedSource,
  Workspace,
  WorkspaceList,
  FixResult,
} from '@slipway/backstage-plugin-workspaces-common';

/**
 * How an upload is followed and stopped.
 *
 * @public
 */
export interface UploadOptions {
  onProgress?: (sentBytes: number) => void;
  signal?: AbortSignal;
}

/**
 * Client of the workspaces backend. Every method rejects with a `ResponseError`
 * of `@backstage/errors` when the backend answers with an error.
 *
 * @public
 */
export interface WorkspacesApi {
  /**
   * A page of the workspaces that the user may read, newest first.
   *
   * @param request - `text` is part of a name; `deleted` lists those that are gone.
   */
  listWorkspaces(request: {
    owner?: string;
    engine?: string;
    text?: string;
    entityRef?: string;
    deleted?: boolean;
    cursor?: string;
    limit?: number;
  }): Promise<WorkspaceList>;
  /**
   * @param workspace - Name of a live workspace, or the id of any.
   */
  getWorkspace(workspace: string): Promise<Workspace>;
  /**
   * Starts the run that removes a workspace with everything in it.
   *
   * @param confirm - The name of the workspace once more.
   */
  deleteWorkspace(workspace: string, confirm: string): Promise<Run>;
  /** Replaces the specification of an app, or adds the app; the next run deploys it. */
  putApp(
    workspace: string,
    app: string,
    definition: AppDefinition,
  ): Promise<App>;
  /** Starts a run that deploys what serves once more. */
  restartApp(workspace: string, app: string): Promise<Run>;
  /** Starts a run that changes how many replicas of an app run; 0 stops it. */
  scaleApp(workspace: string, app: string, replicas: number): Promise<Run>;
  /** Starts a run that gives a dependency a new password, and then restarts the apps with it. */
  changePassword(workspace: string, dependency: string): Promise<Run>;
  /** A page of the releases of an app, newest first. */
  listReleases(
    workspace: string,
    app: string,
    request?: { cursor?: string; limit?: number },
  ): Promise<ReleaseList>;
  /**
   * Starts a run that deploys an earlier release again.
   *
   * @param request - Where migrations ran after the release it is a 409 until they are confirmed.
   */
  rollbackApp(
    workspace: string,
    app: string,
    request: { release: number; confirmMigrations?: boolean },
  ): Promise<Run>;
  /** Starts a run of the named apps, or of all. */
  startRun(workspace: string, request: NewRun): Promise<Run>;
  /**
   * A page of runs, newest first; those that delete the workspace concern every app.
   *
   * @param request - `number` finds one run by its number in the workspace.
   */
  listRuns(request: {
    workspace: string;
    app?: string;
    number?: number;
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
   * @param fix - Id of the automatic fix that a diagnosis of the run offers.
   */
  fixRun(run: string, fix: string): Promise<FixResult>;
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
  /** A page of endpoints, of one workspace or of all that the user may read. */
  listEndpoints(request: {
    workspace?: string;
    app?: string;
    cursor?: string;
    limit?: number;
  }): Promise<EndpointList>;
  getEndpoint(endpoint: string): Promise<Endpoint>;
  /**
   * Moves an endpoint to another stable port of this machine.
   *
   * @param stablePort - One that is taken is a 409, one that is not among the Gateway's a 400; the old one keeps serving then.
   */
  moveEndpoint(endpoint: string, stablePort: number): Promise<Endpoint>;
  /**
   * @param hours - How far back; one hour if absent.
   */
  getEndpointHistory(
    endpoint: string,
    hours?: number,
  ): Promise<EndpointHistory>;
  /** Preflight of every engine and of the portal itself. */
  listChecks(): Promise<CheckList>;
  /**
   * @param fix - Id of a fix that a check offers.
   */
  fixEngine(engine: string, fix: string): Promise<FixResult>;
  /** What a new workspace would bring up; touches nothing. */
  planWorkspace(workspace: NewWorkspace): Promise<Plan>;
  /**
   * Looks at a source and keeps nothing.
   *
   * @param options - Aborting the `signal` ends the look in the backend too.
   */
  inspectSource(
    source: SourceToInspect,
    options?: { signal?: AbortSignal },
  ): Promise<SourceInspection>;
  /**
   * @param file - A zip or tar.gz, at most 512 MiB.
   * @param options - `onProgress` hears of the bytes that the network took so far.
   */
  uploadSource(
    file: Blob,
    request: { filename?: string; owner?: string },
    options?: UploadOptions,
  ): Promise<UploadedSource>;
  /** Stores a secret; the answer does not have its value. */
  createSecret(secret: NewSecret): Promise<Secret>;
  /**
   * Follows topics (`run:<id>`, `workspace:<id>`, `workspaces`, `log:<run>/<stage>/<app>`) until the
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
