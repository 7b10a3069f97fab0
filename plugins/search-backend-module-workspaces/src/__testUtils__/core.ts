import type {
  Endpoint,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the core has, in the pages in which it answers; an empty list stands for a core that answers 503. */
export interface Content {
  workspaces: Workspace[][];
  endpoints: Endpoint[][];
}

/** The API of the core as other plugins reach it: over HTTP, for callers with a token. */
export class Core {
  readonly #server: Server;
  content: Content = { workspaces: [[]], endpoints: [[]] };

  static async start(): Promise<Core> {
    const core = new Core();
    core.#server.listen(0, '127.0.0.1');
    await once(core.#server, 'listening');
    return core;
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      const { status, body } = this.#answer(
        new URL(request.url ?? '/', 'http://core'),
        request.headers.authorization,
      );
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #answer(
    url: URL,
    authorization: string | undefined,
  ): { status: number; body: unknown } {
    if (!authorization?.includes('workspaces')) {
      return refusal(401, 'AuthenticationError');
    }
    const pages = new Map<string, unknown[][]>([
      ['/workspaces', this.content.workspaces],
      ['/endpoints', this.content.endpoints],
    ]).get(url.pathname);
    if (!pages) return refusal(404, 'NotFoundError');
    const index = Number(url.searchParams.get('cursor') ?? 0);
    if (index >= pages.length) return refusal(503, 'ServiceUnavailableError');
    return {
      status: 200,
      body: {
        items: pages[index],
        ...(index + 1 < pages.length && { nextCursor: String(index + 1) }),
      },
    };
  }
}

function refusal(status: number, name: string) {
  return {
    status,
    body: {
      error: { name, message: 'said by the core' },
      response: { statusCode: status },
    },
  };
}

export function workspace(
  label: string,
  apps: string[],
  owner = 'group:default/guests',
): Workspace {
  return {
    id: `id-of-${label}`,
    name: `ws-${label}`,
    owner,
    engine: 'local',
    size: 'small',
    createdBy: 'user:default/guest',
    createdAt: '2026-01-01T00:00:00.000Z',
    dependencies: [],
    apps: apps.map(name => ({
      name,
      entityRef: `component:default/${name}`,
      spec: {
        name,
        source: { type: 'git', url: 'https://git.example/private' },
        environment: [{ name: 'PASSWORD', value: 'hunter2' }],
      },
      replicas: [],
    })),
  };
}

export function endpoint(
  label: string,
  app: string,
  change: Partial<Endpoint> = {},
): Endpoint {
  return {
    id: `endpoint-of-${app}`,
    workspace: `id-of-${label}`,
    workspaceName: `ws-${label}`,
    app,
    entityRef: `component:default/${app}`,
    owner: 'group:default/guests',
    url: 'http://127.0.0.1:18000/',
    state: 'down',
    message: 'connection refused',
    ...change,
  };
}
