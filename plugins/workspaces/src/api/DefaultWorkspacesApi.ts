import { ResponseError } from '@backstage/errors';
import type {
  DiscoveryApi,
  FetchApi,
  IdentityApi,
} from '@backstage/frontend-plugin-api';
import {
  WorkspacesClient,
  followStream,
  type App,
  type AppDefinition,
  type CheckList,
  type Endpoint,
  type EndpointHistory,
  type EndpointList,
  type LogPage,
  type LogReference,
  type NewRun,
  type NewSecret,
  type NewWorkspace,
  type Plan,
  type ReleaseList,
  type Run,
  type RunList,
  type Secret,
  type SourceInspection,
  type SourceToInspect,
  type StageName,
  type StreamListener,
  type UploadedSource,
  type Workspace,
  type WorkspaceList,
  type FixResult,
} from '@slipway/backstage-plugin-workspaces-common';
import { sendFile } from './sendFile';
import type { UploadOptions, WorkspacesApi } from './WorkspacesApi';

type TypedAnswer<T> = Omit<Response, 'json'> & { json(): Promise<T> };

async function unwrap<T>(
  answer: TypedAnswer<T> | Promise<TypedAnswer<T>>,
): Promise<T> {
  const response = await answer;
  if (!response.ok)
    throw await ResponseError.fromResponse(response as Response);
  return response.json();
}

/** `crypto.randomUUID` is there on pages of https and of this machine only. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Client over the portal's own HTTP API.
 *
 * @public
 */
export class DefaultWorkspacesApi implements WorkspacesApi {
  readonly #client: WorkspacesClient;
  readonly #discoveryApi: DiscoveryApi;
  readonly #fetchApi: FetchApi;
  readonly #identityApi: IdentityApi;
  /** Keys of requests that nobody answered, by what they ask for. */
  readonly #unanswered = new Map<string, string>();

  constructor(options: {
    discoveryApi: DiscoveryApi;
    fetchApi: FetchApi;
    identityApi: IdentityApi;
  }) {
    this.#client = new WorkspacesClient(options);
    this.#discoveryApi = options.discoveryApi;
    this.#fetchApi = options.fetchApi;
    this.#identityApi = options.identityApi;
  }

  listWorkspaces(request: {
    owner?: string;
    engine?: string;
    text?: string;
    entityRef?: string;
    deleted?: boolean;
    cursor?: string;
    limit?: number;
  }): Promise<WorkspaceList> {
    const { deleted, ...query } = request;
    return unwrap(
      this.#client.listWorkspaces({
        query: { ...query, ...(deleted && { deleted: 'true' }) },
      }),
    );
  }

  getWorkspace(workspace: string): Promise<Workspace> {
    return unwrap(this.#client.getWorkspace({ path: { workspace } }));
  }

  deleteWorkspace(workspace: string, confirm: string): Promise<Run> {
    return unwrap(
      this.#client.deleteWorkspace({ path: { workspace }, query: { confirm } }),
    );
  }

  putApp(
    workspace: string,
    app: string,
    definition: AppDefinition,
  ): Promise<App> {
    return unwrap(
      this.#client.putApp({ path: { workspace, app }, body: definition }),
    );
  }

  restartApp(workspace: string, app: string): Promise<Run> {
    return this.#once(['restartApp', workspace, app], header =>
      this.#client.restartApp({
        path: { workspace, app },
        body: {},
        header,
      }),
    );
  }

  scaleApp(workspace: string, app: string, replicas: number): Promise<Run> {
    return this.#once(['scaleApp', workspace, app, replicas], header =>
      this.#client.scaleApp({
        path: { workspace, app },
        body: { replicas },
        header,
      }),
    );
  }

  changePassword(workspace: string, dependency: string): Promise<Run> {
    return this.#once(['changePassword', workspace, dependency], header =>
      this.#client.changePassword({
        path: { workspace, dependency },
        body: {},
        header,
      }),
    );
  }

  listReleases(
    workspace: string,
    app: string,
    request: { cursor?: string; limit?: number } = {},
  ): Promise<ReleaseList> {
    return unwrap(
      this.#client.listReleases({ path: { workspace, app }, query: request }),
    );
  }

  rollbackApp(
    workspace: string,
    app: string,
    request: { release: number; confirmMigrations?: boolean },
  ): Promise<Run> {
    return this.#once(['rollbackApp', workspace, app, request], header =>
      this.#client.rollbackApp({
        path: { workspace, app },
        body: request,
        header,
      }),
    );
  }

  startRun(workspace: string, request: NewRun): Promise<Run> {
    return this.#once(['startRun', workspace, request], header =>
      this.#client.startRun({
        path: { workspace },
        body: request,
        header,
      }),
    );
  }

  listRuns(request: {
    workspace: string;
    app?: string;
    number?: number;
    cursor?: string;
    limit?: number;
  }): Promise<RunList> {
    return unwrap(this.#client.listRuns({ query: request }));
  }

  getRun(run: string): Promise<Run> {
    return unwrap(this.#client.getRun({ path: { runId: run } }));
  }

  cancelRun(run: string): Promise<Run> {
    return unwrap(this.#client.cancelRun({ path: { runId: run } }));
  }

  retryRun(run: string, from?: StageName): Promise<Run> {
    return unwrap(
      this.#client.retryRun({ path: { runId: run }, body: { from } }),
    );
  }

  fixRun(run: string, fix: string): Promise<FixResult> {
    return unwrap(this.#client.fixRun({ path: { runId: run }, body: { fix } }));
  }

  getRunLogs(
    request: LogReference & { from?: number; limit?: number },
  ): Promise<LogPage> {
    const { run, from: fromLine, ...query } = request;
    return unwrap(
      this.#client.getRunLogs({
        path: { runId: run },
        query: { ...query, fromLine },
      }),
    );
  }

  searchRunLogs(
    request: LogReference & { text: string; from?: number; limit?: number },
  ): Promise<LogPage> {
    const { run, from: fromLine, ...query } = request;
    return unwrap(
      this.#client.searchRunLogs({
        path: { runId: run },
        query: { ...query, fromLine },
      }),
    );
  }

  listEndpoints(request: {
    workspace?: string;
    app?: string;
    cursor?: string;
    limit?: number;
  }): Promise<EndpointList> {
    return unwrap(this.#client.listEndpoints({ query: request }));
  }

  getEndpoint(endpoint: string): Promise<Endpoint> {
    return unwrap(this.#client.getEndpoint({ path: { endpointId: endpoint } }));
  }

  moveEndpoint(endpoint: string, stablePort: number): Promise<Endpoint> {
    return unwrap(
      this.#client.updateEndpoint({
        path: { endpointId: endpoint },
        body: { stablePort },
      }),
    );
  }

  getEndpointHistory(
    endpoint: string,
    hours?: number,
  ): Promise<EndpointHistory> {
    return unwrap(
      this.#client.getEndpointHistory({
        path: { endpointId: endpoint },
        query: { hours },
      }),
    );
  }

  listChecks(): Promise<CheckList> {
    return unwrap(this.#client.listChecks({}));
  }

  fixEngine(engine: string, fix: string): Promise<FixResult> {
    return unwrap(this.#client.fixEngine({ body: { engine, fix } }));
  }

  planWorkspace(workspace: NewWorkspace): Promise<Plan> {
    return unwrap(this.#client.planWorkspace({ body: workspace }));
  }

  inspectSource(
    source: SourceToInspect,
    options: { signal?: AbortSignal } = {},
  ): Promise<SourceInspection> {
    const { fetch } = this.#fetchApi;
    const client = new WorkspacesClient({
      discoveryApi: this.#discoveryApi,
      fetchApi: {
        fetch: (input, init) => fetch(input, { ...init, ...options }),
      },
    });
    return unwrap(client.inspectSource({ body: source }));
  }

  async uploadSource(
    file: Blob,
    request: { filename?: string; owner?: string },
    options: UploadOptions = {},
  ): Promise<UploadedSource> {
    const baseUrl = await this.#discoveryApi.getBaseUrl('workspaces');
    const { token } = await this.#identityApi.getCredentials();
    const url = new URL(`${baseUrl}/sources`);
    for (const [name, value] of Object.entries(request))
      if (value) url.searchParams.set(name, value);
    const answer = await sendFile(url, file, {
      ...options,
      headers: {
        'Content-Type': 'application/octet-stream',
        'Idempotency-Key': newKey(),
        ...(token && { Authorization: `Bearer ${token}` }),
      },
    });
    return unwrap(answer as TypedAnswer<UploadedSource>);
  }

  createSecret(secret: NewSecret): Promise<Secret> {
    return unwrap(this.#client.createSecret({ body: secret }));
  }

  follow(topics: string[], listener: StreamListener): () => void {
    const stop = new AbortController();
    followStream({
      url: async () => {
        const baseUrl = await this.#discoveryApi.getBaseUrl('workspaces');
        return `${baseUrl}/stream?${new URLSearchParams({
          topics: topics.join(','),
        })}`;
      },
      fetch: this.#fetchApi.fetch,
      listener,
      signal: stop.signal,
    });
    return () => stop.abort();
  }

  /**
   * Asks for a change. Asked for once more because no answer came, it has the key of the first time,
   * so that what the first request did is not done twice.
   */
  async #once<T>(
    what: unknown[],
    send: (header: { idempotencyKey: string }) => Promise<TypedAnswer<T>>,
  ): Promise<T> {
    const asked = JSON.stringify(what);
    const idempotencyKey = this.#unanswered.get(asked) ?? newKey();
    this.#unanswered.set(asked, idempotencyKey);
    const answer = await send({ idempotencyKey });
    if (answer.status < 500) this.#unanswered.delete(asked);
    return unwrap(answer);
  }
}
