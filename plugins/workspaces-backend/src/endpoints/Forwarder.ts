import type { LoggerService } from '@backstage/backend-plugin-api';
import { createProxyServer } from 'httpxy';
import {
  Agent,
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { urlHost } from './settings';
import type { Draining, EndpointTarget } from './switching';
import type { Connection } from './Targets';
import { UnderWay } from './UnderWay';

/** Longer than a client or a proxy before us keeps a connection, so that it is never we who close one that is being used. */
const KEEP_ALIVE = 75_000;

/** Header of answers that come from the gateway itself and not from an app. */
export const GATEWAY_HEADER = 'slipway-gateway';
/** Header of requests that ask which release they were led to; apps do not see it. */
export const PROBE_HEADER = 'slipway-probe';
/** Header of answers to {@link PROBE_HEADER}: the number of that release. */
export const RELEASE_HEADER = 'slipway-release';

export interface ForwarderOptions {
  host: string;
  port: number;
  /** For messages. */
  app: string;
  workspace: string;
  /** A connection to one of the replicas; throws where there is none. */
  connect: (target: EndpointTarget) => Promise<Connection>;
  logger: LoggerService;
}

/**
 * One stable port: takes HTTP requests and WebSockets, and forwards each to the release that
 * serves when it comes. Nothing is buffered.
 */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #proxy = createProxyServer({ xfwd: true });
  readonly #server = createServer({
    requestTimeout: 0, // an upload may take its time
    keepAliveTimeout: KEEP_ALIVE,
  });
  readonly #underWay = new UnderWay();
  /** How many switches a client's connection has seen when it began. */
  readonly #connectionAge = new WeakMap<Socket, number>();
  #switches = 0;
  #target: EndpointTarget | null = null;
  #closed: Promise<void> | undefined;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#proxy.on('proxyRes', (answer, request) => {
      // These two are of the connection to the replica, not of the one to the client.
      delete answer.headers['keep-alive'];
      delete answer.headers[RELEASE_HEADER]; // not for an app to say
      if (this.#isOld(request.socket)) answer.headers.connection = 'close';
      else delete answer.headers.connection;
    });
    this.#server.on('connection', socket =>
      this.#connectionAge.set(socket, this.#switches),
    );
    this.#server.on('request', (request, response) => {
      void this.#forward(request, response);
    });
    this.#server.on('upgrade', (request, socket, head) => {
      void this.#forwardUpgrade(request, socket, head);
    });
  }

  get port(): number {
    return this.#options.port;
  }

  async listen(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, exclusive: true }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', error =>
          this.#options.logger.warn(`Port ${port}: ${error}`),
        );
        resolve();
      });
    });
  }

  /** From now on requests go there. */
  switchTo(target: EndpointTarget | null): void {
    if (target?.release !== this.#target?.release) this.#switches++;
    this.#target = target;
  }

  /** Ends when nothing of what drains is under way; after the time given it is cut off. */
  async drain(
    draining: Draining,
    milliseconds: number,
    signal: AbortSignal,
  ): Promise<void> {
    const ended = new AbortController();
    const drained = this.#underWay.over(draining).then(() => ended.abort());
    await sleep(milliseconds, undefined, {
      signal: AbortSignal.any([ended.signal, signal]),
    }).catch(() => {}); // woken early
    signal.throwIfAborted();
    this.#underWay.cut(draining);
    await drained;
  }

  /** Takes no more connections; what is under way may end within the time given. To close again may shorten it. */
  async close(milliseconds: number): Promise<void> {
    this.#switches++; // answers tell the client to connect anew
    this.#closed ??= new Promise(resolve =>
      this.#server.close(() => resolve()),
    );
    this.#server.closeIdleConnections();
    const ended = new AbortController();
    void this.#closed.then(() => ended.abort());
    const idle = this.#underWay.over().then(() => ended.abort());
    await sleep(milliseconds, undefined, { signal: ended.signal }).catch(
      () => {}, // woken early
    );
    this.#underWay.cut();
    await idle;
    this.#server.closeAllConnections();
    await this.#closed;
  }

  async #forward(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const target = this.#target;
    if (!target?.replicas) {
      this.#refuse(response, 503, whyNowhere(target));
      return;
    }
    const passage = this.#underWay.begin(target, () => response.destroy());
    response.once('close', passage.end);
    try {
      const { socket, replica } = await this.#options.connect(target);
      passage.goesTo(replica);
      if (response.destroyed) {
        socket.destroy();
        return;
      }
      addForwardedHeaders(request);
      tellRelease(request, response, target);
      await this.#proxy.web(request, response, reachedBy(socket));
    } catch (error) {
      this.#refuse(response, 502, whyNoAnswer(target, error));
    }
  }

  async #forwardUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const target = this.#target;
    socket.on('error', () => {}); // the client went away: "close" follows
    if (!target?.replicas) {
      refuseUpgrade(socket, this.#says(whyNowhere(target)));
      return;
    }
    const passage = this.#underWay.begin(target, () => socket.destroy());
    socket.once('close', passage.end);
    try {
      const connection = await this.#options.connect(target);
      passage.goesTo(connection.replica);
      if (socket.destroyed) {
        connection.socket.destroy();
        return;
      }
      socket.once('close', () => connection.socket.destroy());
      addForwardedHeaders(request);
      await this.#proxy.ws(
        request,
        socket as Socket,
        reachedBy(connection.socket),
        head,
      );
    } catch (error) {
      refuseUpgrade(socket, this.#says(whyNoAnswer(target, error)));
    }
  }

  #isOld(connection: Socket): boolean {
    return this.#connectionAge.get(connection) !== this.#switches;
  }

  #refuse(response: ServerResponse, status: number, what: string): void {
    if (response.headersSent) response.destroy(); // the client must see that the answer is not whole
    if (response.destroyed) return;
    response.writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      [GATEWAY_HEADER]: 'error',
      ...(this.#isOld(response.req.socket) && { connection: 'close' }),
    });
    response.end(this.#says(what));
  }

  #says(what: string): string {
    const { app, workspace } = this.#options;
    return `App "${app}" of workspace "${workspace}" ${what}\n`;
  }
}

class ConnectedAgent extends Agent {
  readonly #connection: Socket;

  constructor(connection: Socket) {
    super({ keepAlive: false });
    this.#connection = connection;
  }

  createConnection(): Socket {
    return this.#connection;
  }
}

function whyNowhere(target: EndpointTarget | null): string {
  if (target) return 'is stopped: it is scaled to 0 replicas';
  return 'leads to no release now';
}

function whyNoAnswer({ release }: EndpointTarget, error: unknown): string {
  return `does not answer in release ${release}: ${(error as Error).message}`;
}

/** A proxy target that is reached over a connection that stands already. */
function reachedBy(connection: Socket) {
  const host = urlHost(connection.remoteAddress ?? 'localhost');
  return {
    target: `http://${host}:${connection.remotePort}`,
    agent: new ConnectedAgent(connection),
  };
}

/** Tells one who asks where the request went: not every switch is seen at once. */
function tellRelease(
  request: IncomingMessage,
  response: ServerResponse,
  { release }: EndpointTarget,
): void {
  if (request.headers[PROBE_HEADER] === undefined) return;
  delete request.headers[PROBE_HEADER];
  response.setHeader(RELEASE_HEADER, release);
}

/** The library adds protocol and port, and leaves a list that the client or a proxy before us began as it is. */
function addForwardedHeaders(request: IncomingMessage): void {
  const before = request.headers['x-forwarded-for'];
  const client = request.socket.remoteAddress ?? 'unknown';
  request.headers['x-forwarded-for'] = before ? `${before}, ${client}` : client;
  request.headers['x-forwarded-host'] ??= request.headers.host;
}

function refuseUpgrade(socket: Duplex, text: string): void {
  if (socket.destroyed) return;
  socket.end(
    [
      'HTTP/1.1 502 Bad Gateway',
      'content-type: text/plain; charset=utf-8',
      `content-length: ${Buffer.byteLength(text)}`,
      `${GATEWAY_HEADER}: error`,
      'connection: close',
      '',
      text,
    ].join('\r\n'),
  );
}
