import { NotFoundError } from '@backstage/errors';
import {
  deployStages,
  logTopic,
  type App,
  type AppDefinition,
  type Check,
  type CheckList,
  type Endpoint,
  type EndpointHistory,
  type EndpointList,
  type LogLine,
  type LogPage,
  type LogReference,
  type NewRun,
  type NewSecret,
  type NewWorkspace,
  type Plan,
  type Release,
  type ReleaseList,
  type Run,
  type RunKind,
  type RunList,
  type Secret,
  type SourceInspection,
  type SourceToInspect,
  type StageName,
  type StreamListener,
  type StreamMessage,
  type UploadedSource,
  type Workspace,
  type WorkspaceList,
  type FixResult,
} from '@slipway/backstage-plugin-workspaces-common';
import type { UploadOptions, WorkspacesApi } from '../api';

/**
 * A backend in memory for tests and the development page: what is put in is answered, and
 * `push` is the live stream.
 */
export class FakeWorkspacesApi implements WorkspacesApi {
  #workspace: Workspace;
  readonly #workspaces: Workspace[];
  readonly #releases: Release[];
  readonly #checks: Check[];
  readonly #histories: Record<string, EndpointHistory>;
  readonly #runs = new Map<string, Run>();
  readonly #logs = new Map<string, { lines: LogLine[]; complete: boolean }>();
  readonly #endpoints: Endpoint[];
  readonly #listeners = new Map<StreamListener, string[]>();

  constructor(content: {
    /** The workspace of the entity. */
    workspace: Workspace;
    /** Further workspaces, for the list of all. */
    others?: Workspace[];
    runs?: Run[];
    releases?: Release[];
    endpoints?: Endpoint[];
    /** By the id of the endpoint. */
    histories?: Record<string, EndpointHistory>;
    checks?: Check[];
  }) {
    this.#workspace = content.workspace;
    this.#workspaces = [content.workspace, ...(content.others ?? [])];
    this.#releases = content.releases ?? [];
    this.#histories = content.histories ?? {};
    this.#checks = content.checks ?? [];
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

  async listWorkspaces(request: {
    owner?: string;
    engine?: string;
    text?: string;
    entityRef?: string;
    deleted?: boolean;
    cursor?: string;
    limit?: number;
  }): Promise<WorkspaceList> {
    const { owner, engine, text, entityRef, deleted = false } = request;
    const wanted = text?.toLowerCase();
    const found = this.#workspaces.filter(
      ({ deletedAt, apps, name, ...rest }) =>
        (deletedAt !== undefined) === deleted &&
        (!owner || rest.owner === owner) &&
        (!engine || rest.engine === engine) &&
        (!entityRef || apps.some(app => app.entityRef === entityRef)) &&
        (!wanted ||
          [name, ...apps.map(app => app.name)].some(one =>
            one.includes(wanted),
          )),
    );
    return pageOf(found, request);
  }

  async deleteWorkspace(_workspace: string, _confirm: string): Promise<Run> {
    return this.#begin(
      'delete',
      this.#workspace.apps.map(app => app.name),
    );
  }

  async putApp(
    _workspace: string,
    name: string,
    definition: AppDefinition,
  ): Promise<App> {
    const before = this.#workspace.apps.find(app => app.name === name);
    if (!before) throw new NotFoundError(`No app ${name}`);
    const app = { ...before, spec: { ...definition, name } };
    this.#workspace = {
      ...this.#workspace,
      apps: this.#workspace.apps.map(other => (other === before ? app : other)),
    };
    this.push({ type: 'workspace', data: this.#workspace });
    return app;
  }

  async restartApp(_workspace: string, app: string): Promise<Run> {
    return this.#begin('restart', [app]);
  }

  async scaleApp(
    _workspace: string,
    app: string,
    _replicas: number,
  ): Promise<Run> {
    return this.#begin('scale', [app]);
  }

  async changePassword(_workspace: string, _dependency: string): Promise<Run> {
    return this.#begin(
      'password',
      this.#workspace.apps.map(app => app.name),
    );
  }

  async listReleases(
    _workspace: string,
    app: string,
    request: { cursor?: string; limit?: number } = {},
  ): Promise<ReleaseList> {
    const ofApp = this.#releases.filter(release => release.app === app);
    return pageOf(
      ofApp.sort((a, b) => b.number - a.number),
      request,
    );
  }

  async rollbackApp(
    _workspace: string,
    app: string,
    _request: { release: number; confirmMigrations?: boolean },
  ): Promise<Run> {
    return this.#begin('rollback', [app]);
  }

  async startRun(_workspace: string, request: NewRun): Promise<Run> {
    const apps = request.apps ?? this.#workspace.apps;
    return this.#begin(
      'deploy',
      apps.map(app => app.name),
      request.reason,
    );
  }

  async listRuns(request: {
    workspace: string;
    app?: string;
    number?: number;
    cursor?: string;
    limit?: number;
  }): Promise<RunList> {
    const { app, number } = request;
    const runs = [...this.#runs.values()]
      .filter(run => number === undefined || run.number === number)
      .filter(run => !app || run.kind === 'delete' || run.apps.includes(app))
      .sort((a, b) => b.number - a.number);
    return pageOf(runs, request);
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

  async fixRun(_id: string, _fix: string): Promise<FixResult> {
    return { applied: true, steps: [] };
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
    workspace?: string;
    app?: string;
  }): Promise<EndpointList> {
    return {
      items: this.#endpoints.filter(
        ({ workspace, app }) =>
          (!request.workspace || workspace === request.workspace) &&
          (!request.app || app === request.app),
      ),
    };
  }

  async getEndpoint(id: string): Promise<Endpoint> {
    const endpoint = this.#endpoints.find(each => each.id === id);
    if (!endpoint) throw new NotFoundError(`No endpoint ${id}`);
    return endpoint;
  }

  async moveEndpoint(id: string, stablePort: number): Promise<Endpoint> {
    const endpoint = await this.getEndpoint(id);
    const moved = {
      ...endpoint,
      stablePort,
      url: `http://127.0.0.1:${stablePort}/`,
    };
    this.push({ type: 'endpoint', data: moved });
    return moved;
  }

  async getEndpointHistory(
    endpoint: string,
    _hours?: number,
  ): Promise<EndpointHistory> {
    return this.#histories[endpoint] ?? { intervalSeconds: 60, items: [] };
  }

  async fixEngine(_engine: string, _fix: string): Promise<FixResult> {
    return { applied: true, steps: [] };
  }

  async listChecks(): Promise<CheckList> {
    return { items: this.#checks };
  }

  async planWorkspace({ name }: NewWorkspace): Promise<Plan> {
    return {
      workspace: name,
      stages: [...deployStages],
      changes: [],
      checks: this.#checks,
    };
  }

  async inspectSource(
    _source: SourceToInspect,
    _options?: { signal?: AbortSignal },
  ): Promise<SourceInspection> {
    return {
      revision: '9c1d7aa',
      dockerfiles: ['Dockerfile'],
      dockerfile: 'Dockerfile',
      port: 8080,
      runtime: 'node',
      baseImages: ['node:22'],
      files: 12,
      sizeBytes: 34_567,
    };
  }

  async uploadSource(
    file: Blob,
    _request: { filename?: string; owner?: string },
    _options?: UploadOptions,
  ): Promise<UploadedSource> {
    return {
      id: 'u1',
      sizeBytes: file.size,
      sha256: '0'.repeat(64),
      expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
    };
  }

  async createSecret({ owner, description }: NewSecret): Promise<Secret> {
    const now = new Date().toISOString();
    return {
      id: 's1',
      owner: owner ?? this.#workspace.owner,
      description,
      version: 1,
      createdBy: this.#workspace.owner,
      createdAt: now,
      updatedAt: now,
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

  /** The next run of the workspace, waiting for its turn. */
  #begin(kind: RunKind, apps: string[], reason?: string): Run {
    const number =
      1 + Math.max(0, ...[...this.#runs.values()].map(run => run.number));
    const { id: workspace, name: workspaceName, owner } = this.#workspace;
    const run: Run = {
      id: `run-${number}`,
      number,
      workspace,
      workspaceName,
      owner,
      kind,
      state: 'queued',
      reason,
      apps,
      createdBy: owner,
      createdAt: new Date().toISOString(),
      epoch: 0,
      queue: { position: 1, waitsFor: 'worker' },
      stages: [],
    };
    this.#runs.set(run.id, run);
    return run;
  }

  #log(log: LogReference): { lines: LogLine[]; complete: boolean } {
    return this.#logs.get(logTopic(log)) ?? { lines: [], complete: true };
  }

  #tell(say: (listener: StreamListener) => void): void {
    for (const listener of this.#listeners.keys()) say(listener);
  }
}

function pageOf<T>(
  all: T[],
  request: { cursor?: string; limit?: number },
): { items: T[]; nextCursor?: string } {
  const from = Number(request.cursor ?? 0);
  const end = from + (request.limit ?? 50);
  return {
    items: all.slice(from, end),
    nextCursor: end < all.length ? String(end) : undefined,
  };
}

function page(all: LogLine[], complete: boolean, items: LogLine[]): LogPage {
  return {
    items,
    firstLine: all.length > 0 ? 1 : 0,
    lastLine: all.length,
    complete,
  };
}
