import { NotFoundError } from '@backstage/errors';
import {
  logTopic,
  type Endpoint,
  type EndpointList,
  type LogLine,
  type LogPage,
  type LogReference,
  type Run,
  type RunList,
  type StageName,
  type StreamListener,
  type StreamMessage,
  type Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspacesApi } from '../api';

/**
 * A backend in memory for tests and the development page: what is put in is answered, and
 * `push` is the live stream.
 */
export class FakeWorkspacesApi implements WorkspacesApi {
  readonly #workspace: Workspace;
  readonly #runs = new Map<string, Run>();
  readonly #logs = new Map<string, { lines: LogLine[]; complete: boolean }>();
  readonly #endpoints: Endpoint[];
  readonly #listeners = new Map<StreamListener, string[]>();

  constructor(content: {
    workspace: Workspace;
    runs?: Run[];
    endpoints?: Endpoint[];
  }) {
    this.#workspace = content.workspace;
    for (const run of content.runs ?? []) this.#runs.set(run.id, run);
    this.#endpoints = content.endpoints ?? [];
  }

  /** Topics that are followed now. */
  get topics(): string[] {
    return [...this.#listeners.values()].flat();
  }

  setLog(log: LogReference, lines: LogLine[], complete: boolean): void {
    this.#logs.set(logTopic(log), { lines, complete });
  }

  /** Says something on the live stream, and remembers it. */
  push(message: StreamMessage): void {
    if (message.type === 'run') this.#runs.set(message.data.id, message.data);
    if (message.type === 'log') {
      const before = this.#logs.get(logTopic(message.data))?.lines ?? [];
      this.setLog(
        message.data,
        [...before, ...message.data.items],
        message.data.complete,
      );
    }
    this.#tell(listener => {
      listener.onSeen();
      listener.onMessage(message);
    });
  }

  loseConnection(): void {
    this.#tell(listener => listener.onConnection('reconnecting'));
  }

  restoreConnection(): void {
    this.#tell(listener => listener.onConnection('live'));
  }

  async getWorkspace(workspace: string): Promise<Workspace> {
    if (workspace === this.#workspace.name || workspace === this.#workspace.id)
      return this.#workspace;
    throw new NotFoundError(`No workspace ${workspace}`);
  }

  async listRuns(request: {
    workspace: string;
    app?: string;
    cursor?: string;
    limit?: number;
  }): Promise<RunList> {
    const { app, limit = 50 } = request;
    const runs = [...this.#runs.values()]
      .filter(run => !app || run.apps.includes(app))
      .sort((a, b) => b.number - a.number);
    const from = Number(request.cursor ?? 0);
    const end = from + limit;
    return {
      items: runs.slice(from, end),
      nextCursor: end < runs.length ? String(end) : undefined,
    };
  }

  async getRun(id: string): Promise<Run> {
    const run = this.#runs.get(id);
    if (!run) throw new NotFoundError(`No run ${id}`);
    return run;
  }

  async cancelRun(id: string): Promise<Run> {
    return {
      ...(await this.getRun(id)),
      cancelRequestedAt: new Date().toISOString(),
    };
  }

  async retryRun(id: string, _from?: StageName): Promise<Run> {
    return {
      ...(await this.getRun(id)),
      state: 'queued',
      queue: { position: 1, waitsFor: 'worker' },
    };
  }

  async getRunLogs(
    request: LogReference & { from?: number; limit?: number },
  ): Promise<LogPage> {
    const { lines, complete } = this.#log(request);
    const { from = 1, limit = 500 } = request;
    const start = from < 0 ? Math.max(0, lines.length + from) : from - 1;
    return page(lines, complete, lines.slice(start, start + limit));
  }

  async searchRunLogs(
    request: LogReference & { text: string; from?: number; limit?: number },
  ): Promise<LogPage> {
    const { lines, complete } = this.#log(request);
    const wanted = request.text.toLowerCase();
    const hits = lines.filter(line => line.text.toLowerCase().includes(wanted));
    return page(lines, complete, hits.slice(0, request.limit ?? 100));
  }

  async listEndpoints(request: {
    workspace: string;
    app?: string;
  }): Promise<EndpointList> {
    return {
      items: this.#endpoints.filter(
        ({ app }) => !request.app || app === request.app,
      ),
    };
  }

  follow(topics: string[], listener: StreamListener): () => void {
    this.#listeners.set(listener, topics);
    Promise.resolve().then(() => {
      if (!this.#listeners.has(listener)) return;
      listener.onConnection('live');
      listener.onSeen();
    });
    return () => this.#listeners.delete(listener);
  }

  #log(log: LogReference): { lines: LogLine[]; complete: boolean } {
    return this.#logs.get(logTopic(log)) ?? { lines: [], complete: true };
  }

  #tell(say: (listener: StreamListener) => void): void {
    for (const listener of this.#listeners.keys()) say(listener);
  }
}

function page(all: LogLine[], complete: boolean, items: LogLine[]): LogPage {
  return {
    items,
    firstLine: all.length > 0 ? 1 : 0,
    lastLine: all.length,
    complete,
  };
}
