import { ResponseError } from '@backstage/errors';
import type { DiscoveryApi, FetchApi } from '@backstage/frontend-plugin-api';
import {
  WorkspacesClient,
  type EndpointList,
  type LogPage,
  type Run,
  type RunList,
  type StageName,
  type Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import { followStream } from './stream';
import type {
  LogReference,
  StreamListener,
  WorkspacesApi,
} from './WorkspacesApi';

type TypedAnswer<T> = Omit<Response, 'json'> & { json(): Promise<T> };

async function unwrap<T>(answer: Promise<TypedAnswer<T>>): Promise<T> {
  const response = await answer;
  if (!response.ok)
    throw await ResponseError.fromResponse(response as Response);
  return response.json();
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

  constructor(options: { discoveryApi: DiscoveryApi; fetchApi: FetchApi }) {
    this.#client = new WorkspacesClient(options);
    this.#discoveryApi = options.discoveryApi;
    this.#fetchApi = options.fetchApi;
  }

  getWorkspace(workspace: string): Promise<Workspace> {
    return unwrap(this.#client.getWorkspace({ path: { workspace } }));
  }

  listRuns(request: {
    workspace: string;
    app?: string;
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

  getRunLogs(
    request: LogReference & { from?: number; limit?: number },
  ): Promise<LogPage> {
    const { run, ...query } = request;
    // The generated type calls the parameter `_from`, its address template `from`.
    return unwrap(this.#client.getRunLogs({ path: { runId: run }, query }));
  }

  searchRunLogs(
    request: LogReference & { text: string; from?: number; limit?: number },
  ): Promise<LogPage> {
    const { run, ...query } = request;
    return unwrap(this.#client.searchRunLogs({ path: { runId: run }, query }));
  }

  listEndpoints(request: {
    workspace: string;
    app?: string;
    cursor?: string;
    limit?: number;
  }): Promise<EndpointList> {
    return unwrap(this.#client.listEndpoints({ query: request }));
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
}
