import type {
  App,
  AppDefinition,
  Endpoint,
  FixResult,
  LogPage,
  NewRun,
  NewWorkspace,
  Release,
  Run,
  RunEvent,
  StageName,
  UploadedSource,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import { setTimeout as delay } from 'node:timers/promises';

/** An answer that was not the expected one, with what the API said. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: { error?: { name: string; message: string } },
    request: string,
  ) {
    super(
      `${request} answered ${status}: ${
        body.error?.message ?? JSON.stringify(body)
      }`,
    );
  }
}

/** Drives a portal through its API, as a guest would. */
export class PortalClient {
  #token = '';

  constructor(readonly baseUrl: string) {}

  async signIn(): Promise<void> {
    const response = await fetch(`${this.baseUrl}/api/auth/guest/refresh`, {
      headers: { 'x-requested-with': 'XMLHttpRequest' },
    });
    if (!response.ok)
      throw new Error(
        `The guest could not sign in: ${
          response.status
        } ${await response.text()}`,
      );
    const { backstageIdentity } = (await response.json()) as {
      backstageIdentity: { token: string };
    };
    this.#token = backstageIdentity.token;
  }

  get token(): string {
    return this.#token;
  }

  async request<T>(
    method: string,
    path: string,
    options: {
      body?: unknown;
      raw?: Buffer;
      headers?: Record<string, string>;
    } = {},
  ): Promise<T> {
    const json =
      options.body === undefined ? undefined : JSON.stringify(options.body);
    const response = await fetch(`${this.baseUrl}/api/workspaces${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.#token}`,
        'Content-Type': options.raw
          ? 'application/octet-stream'
          : 'application/json',
        ...options.headers,
      },
      body: options.raw ? new Uint8Array(options.raw) : json,
    });
    const text = await response.text();
    const body = text ? JSON.parse(text) : undefined;
    if (!response.ok)
      throw new ApiError(response.status, body ?? {}, `${method} ${path}`);
    return body as T;
  }

  upload(archive: Buffer, filename: string): Promise<UploadedSource> {
    return this.request(
      'POST',
      `/sources?filename=${encodeURIComponent(filename)}`,
      { raw: archive },
    );
  }

  createWorkspace(body: NewWorkspace): Promise<Workspace> {
    return this.request('POST', '/workspaces', { body });
  }

  workspace(nameOrId: string): Promise<Workspace> {
    return this.request('GET', `/workspaces/${nameOrId}`);
  }

  putApp(workspace: string, app: string, body: AppDefinition): Promise<App> {
    return this.request('PUT', `/workspaces/${workspace}/apps/${app}`, {
      body,
    });
  }

  deleteWorkspace(name: string): Promise<Run> {
    return this.request('DELETE', `/workspaces/${name}?confirm=${name}`);
  }

  startRun(
    workspace: string,
    body: NewRun = {},
    headers?: Record<string, string>,
  ): Promise<Run> {
    return this.request('POST', `/workspaces/${workspace}/runs`, {
      body,
      headers,
    });
  }

  run(id: string): Promise<Run> {
    return this.request('GET', `/runs/${id}`);
  }

  retry(id: string, from?: StageName): Promise<Run> {
    return this.request('POST', `/runs/${id}/retry`, { body: { from } });
  }

  /** Has the engine put right what the run failed of. */
  fix(id: string, fix: string): Promise<FixResult> {
    return this.request('POST', `/runs/${id}/fix`, { body: { fix } });
  }

  /** Has an engine apply what its checks offer. */
  fixEngine(engine: string, fix: string): Promise<FixResult> {
    return this.request('POST', '/checks/fix', { body: { engine, fix } });
  }

  cancel(id: string): Promise<Run> {
    return this.request('POST', `/runs/${id}/cancel`);
  }

  rollback(
    workspace: string,
    app: string,
    release: number,
    confirmMigrations = false,
  ): Promise<Run> {
    return this.request(
      'POST',
      `/workspaces/${workspace}/apps/${app}/rollback`,
      { body: { release, confirmMigrations } },
    );
  }

  restart(workspace: string, app: string, reason?: string): Promise<Run> {
    return this.request(
      'POST',
      `/workspaces/${workspace}/apps/${app}/restart`,
      { body: { reason } },
    );
  }

  changePassword(workspace: string, dependency: string): Promise<Run> {
    return this.request(
      'POST',
      `/workspaces/${workspace}/dependencies/${dependency}/password`,
      { body: {} },
    );
  }

  scale(workspace: string, app: string, replicas: number): Promise<Run> {
    return this.request('POST', `/workspaces/${workspace}/apps/${app}/scale`, {
      body: { replicas },
    });
  }

  async events(runId: string): Promise<RunEvent[]> {
    const events: RunEvent[] = [];
    for (;;) {
      const page = await this.request<{ items: RunEvent[] }>(
        'GET',
        `/runs/${runId}/events?limit=200&after=${events.at(-1)?.sequence ?? 0}`,
      );
      if (page.items.length === 0) return events;
      events.push(...page.items);
    }
  }

  log(runId: string, stage: StageName, app?: string): Promise<LogPage> {
    return this.request(
      'GET',
      `/runs/${runId}/logs?stage=${stage}${
        app ? `&app=${app}` : ''
      }&limit=5000`,
    );
  }

  async endpoint(workspace: string, app: string): Promise<Endpoint> {
    const { items } = await this.request<{ items: Endpoint[] }>(
      'GET',
      `/endpoints?workspace=${workspace}&app=${app}`,
    );
    if (items.length !== 1)
      throw new Error(`${workspace}/${app} has ${items.length} endpoints`);
    return items[0];
  }

  async releases(workspace: string, app: string): Promise<Release[]> {
    return (
      await this.request<{ items: Release[] }>(
        'GET',
        `/workspaces/${workspace}/apps/${app}/releases`,
      )
    ).items;
  }

  /** Waits until the catalog has the Component of an app. */
  async untilEntity(app: string): Promise<void> {
    const address = `${this.baseUrl}/api/catalog/entities/by-name/component/default/${app}`;
    await this.until(
      async () =>
        (
          await fetch(address, {
            headers: { Authorization: `Bearer ${this.#token}` },
          })
        ).status,
      status => status === 200,
      60_000,
      status => `the catalog answers ${status}`,
    );
  }

  /** Waits until the run is final; a run that takes longer than `limit` ms is an error that says where it stands. */
  async untilFinal(id: string, limit = 240_000): Promise<Run> {
    return this.until(
      () => this.run(id),
      run => ['succeeded', 'failed', 'cancelled'].includes(run.state),
      limit,
      run =>
        `run ${run.number} is ${run.state}: ${run.stages
          .map(stage => `${stage.name}/${stage.app ?? '-'} ${stage.state}`)
          .join(', ')}`,
    );
  }

  /** Asks again until the answer holds. */
  async until<T>(
    ask: () => Promise<T>,
    holds: (answer: T) => boolean,
    limit: number,
    describe: (answer: T) => string,
  ): Promise<T> {
    const deadline = Date.now() + limit;
    for (;;) {
      const answer = await ask();
      if (holds(answer)) return answer;
      if (Date.now() > deadline)
        throw new Error(`Not within ${limit / 1000} s: ${describe(answer)}`);
      await delay(50);
    }
  }
}
