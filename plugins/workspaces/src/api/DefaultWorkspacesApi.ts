import { ResponseError } from '@backstage/errors';
import type { DiscoveryApi, FetchApi } from '@backstage/frontend-plugin-api';
import {
  WorkspacesClient,
  followStream,
  type EndpointList,
  type LogPage,
  type LogReference,
  type Run,
  type RunList,
  type StageName,
  type StreamListener,
  type Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspacesApi } from './WorkspacesApi';

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
