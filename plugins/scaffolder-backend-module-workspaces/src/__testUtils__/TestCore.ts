import type {
  Endpoint,
  NewRun,
  NewWorkspace,
  Run,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { queuedRun, workspace } from './data';

/** A request as the core saw it. */
export interface Seen {
  method: string;
  path: string;
  by: string;
  key?: string;
  body?: unknown;
}

interface Refusal {
  status: number;
  name: string;
  message: string;
}

interface Answer {
  status: number;
  body: unknown;
}

/**
 * Answers as the core does, with states that a test sets: there is no way to make the real
 * one lose an event or end a token at a certain moment.
 */
export class TestCore {
  readonly seen: Seen[] = [];
  readonly workspaces = new Map<string, Workspace>();
  readonly endpoints: Endpoint[] = [];
  userTokensEnd = false;
  /** States of runs are not told by the streams. */
  mute = false;
  readonly #runs = new Map<string, Run>();
  readonly #refusals = new Map<
    string,
    { refusal: Refusal; left: number; done: () => void }
  >();
  readonly #made = new Map<string, unknown>();
  readonly #streams = new Set<ServerResponse>();
  readonly #server: Server;
  #streamOpened: (() => void)[] = [];

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const url = new URL(request.url ?? '/', 'http://core');
      const body = await text(request);
      const header = request.headers.authorization ?? '';
      const seen: Seen = {
        method: request.method ?? '',
        path: url.pathname + url.search,
        by: header.includes('"obo"') ? 'user' : 'service',
        key: request.headers['idempotency-key'] as string | undefined,
        body: body ? JSON.parse(body) : undefined,
      };
      this.seen.push(seen);
      const refusal = this.#refusalOf(seen);
      if (!refusal && url.pathname === '/stream') {
        this.#open(response, url.searchParams.get('topics') ?? '');
        return;
      }
      const answer = refusal ?? this.#answer(seen);
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    });
  }

  static async start(): Promise<TestCore> {
    const core = new TestCore();
    await new Promise<void>(done => core.#server.listen(0, '127.0.0.1', done));
    return core;
  }

  async stop(): Promise<void> {
    this.dropStreams();
    await new Promise(done => this.#server.close(done));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests of that kind, for example `POST /runs/r1/retry`. */
  requests(kind: string): Seen[] {
    return this.seen.filter(({ method, path }) =>
      `${method} ${path}`.startsWith(kind),
    );
  }

  /** Refuses the next requests of that kind; the promise is kept when the last one was refused. */
  refuse(kind: string, refusal: Refusal, times = 1): Promise<void> {
    return new Promise(done =>
      this.#refusals.set(kind, { refusal, left: times, done }),
    );
  }

  addRun(run: Run): void {
    this.#runs.set(run.id, run);
  }

  run(id: string): Run {
    const run = this.#runs.get(id);
    if (!run) throw new Error(`There is no run ${id}`);
    return run;
  }

  /** Changes a run, and tells it to whoever follows it. */
  change(id: string, change: Partial<Run>): Run {
    const run = { ...this.run(id), ...change };
    this.#runs.set(id, run);
    if (!this.mute) this.#streams.forEach(stream => tell(stream, run));
    return run;
  }

  untilStreamOpened(): Promise<void> {
    return new Promise(done => this.#streamOpened.push(done));
  }

  dropStreams(): void {
    this.#streams.forEach(stream => stream.destroy());
  }

  #open(response: ServerResponse, topics: string): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
    if (!this.mute) tell(response, this.run(topics.slice('run:'.length)));
    else response.flushHeaders();
    this.#streamOpened.splice(0).forEach(done => done());
  }

  #refusalOf({ method, path, by }: Seen): Answer | undefined {
    if (this.userTokensEnd && by === 'user')
      return problem(401, 'AuthenticationError', 'Invalid user token');
    const pending = this.#refusals.get(`${method} ${path.split('?')[0]}`);
    if (!pending || pending.left === 0) return undefined;
    pending.left -= 1;
    if (pending.left === 0) pending.done();
    const { status, name, message } = pending.refusal;
    return problem(status, name, message);
  }

  #answer({ method, path, key, body }: Seen): Answer {
    const [, kind, name, part] = path.split(/[/?]/);
    const asked = `${method} ${[kind, name && '*', part]
      .filter(Boolean)
      .join('/')}`;
    const once = (make: () => unknown) => {
      const made = (key && this.#made.get(key)) || make();
      if (key) this.#made.set(key, made);
      return made;
    };
    switch (asked) {
      case 'POST plan':
        return { status: 200, body: plan(body as NewWorkspace) };
      case 'POST workspaces':
        return {
          status: 201,
          body: once(() => this.#create(body as NewWorkspace)),
        };
      case 'GET workspaces/*':
        return this.#found(name, found => ({ status: 200, body: found }));
      case 'POST workspaces/*/runs':
        return this.#found(name, found => {
          const made = once(() => this.#start(found, body as NewRun)) as Run;
          return { status: 202, body: this.run(made.id) };
        });
      case 'DELETE workspaces/*/confirm=ws-shop':
        return this.#found(name, found => ({
          status: 202,
          body: this.#runs.get('r1') ?? this.#start(found, { apps: [] }),
        }));
      case 'GET runs/*':
        return { status: 200, body: this.run(name) };
      case 'POST runs/*/cancel':
        return {
          status: 202,
          body: this.change(name, {
            cancelRequestedAt: new Date().toISOString(),
          }),
        };
      case 'POST runs/*/retry':
        return { status: 202, body: this.change(name, { state: 'queued' }) };
      default:
        if (kind === 'endpoints')
          return { status: 200, body: { items: this.endpoints } };
        return problem(
          400,
          'InputError',
          `confirm: must be the name of the workspace, "ws-shop"`,
        );
    }
  }

  #found(nameOrId: string, answer: (found: Workspace) => Answer): Answer {
    const found = [...this.workspaces.values()].find(
      each => each.name === nameOrId || each.id === nameOrId,
    );
    return found
      ? answer(found)
      : problem(404, 'NotFoundError', `There is no workspace "${nameOrId}"`);
  }

  #create({ name, apps = [] }: NewWorkspace): Workspace {
    const made = workspace(
      name,
      apps.map(app => app.name),
    );
    this.workspaces.set(name, made);
    return made;
  }

  #start(of: Workspace, { apps }: NewRun): Run {
    const names = (apps ?? of.apps).map(app => app.name);
    const run = queuedRun(of, names, `r${this.#runs.size + 1}`);
    this.#runs.set(run.id, run);
    return run;
  }
}

function tell(stream: ServerResponse, run: Run): void {
  stream.write(`id: e30\nevent: run\ndata: ${JSON.stringify(run)}\n\n`);
}

function problem(status: number, name: string, message: string): Answer {
  return {
    status,
    body: {
      error: { name, message },
      request: {},
      response: { statusCode: status },
    },
  };
}

function plan({ name, apps = [] }: NewWorkspace) {
  return {
    workspace: name,
    stages: ['provision', 'fetch', 'build'],
    changes: apps.map(app => ({
      action: 'create',
      kind: 'container',
      name: app.name,
    })),
    checks: [
      {
        id: 'engine',
        title: 'Engine',
        state: 'passed',
        message: 'It answers',
        at: '',
      },
    ],
  };
}
