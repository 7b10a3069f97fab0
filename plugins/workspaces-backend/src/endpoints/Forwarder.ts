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

/** Longer than a client or a proxy before us keeps a connection, so that it is never we who close one that is being used. */
const KEEP_ALIVE = 75_000;

/** Header of answers that come from the gateway itself and not from an app. */
export const GATEWAY_HEADER = 'slipway-gateway';

export interface ForwarderOptions {
  host: string;
  port: number;
  /** For messages. */
  app: string;
  workspace: string;
  /** A connection to a replica of the release; throws where there is none. */
  connect: (release: number) => Promise<Socket>;
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
  /** What is under way, by release: how to cut it off. */
  readonly #underWay = new Map<number, Set<() => void>>();
  /** How many switches a client's connection has seen when it began. */
  readonly #connectionAge = new WeakMap<Socket, number>();
  #switches = 0;
  #release: number | null = null;
  #idle: (() => void)[] = [];
  #closed: Promise<void> | undefined;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#proxy.on('proxyRes', (answer, request) => {
      // These two are of the connection to the replica, not of the one to the client.
      delete answer.headers['keep-alive'];
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

  /** From now on requests go to this release. */
  switchTo(release: number | null): void {
    if (release === this.#release) return;
    this.#release = release;
    this.#switches++;
  }

  /** Ends when nothing of the release is under way; after the time given it is cut off. */
  async drain(
    release: number,
    milliseconds: number,
    signal: AbortSignal,
  ): Promise<void> {
    const ended = new AbortController();
    const drained = this.#whenIdle(release).then(() => ended.abort());
    await sleep(milliseconds, undefined, {
      signal: AbortSignal.any([ended.signal, signal]),
    }).catch(() => {}); // woken early
    signal.throwIfAborted();
    for (const cut of this.#underWay.get(release) ?? []) cut();
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
    const idle = Promise.all(
      [...this.#underWay.keys()].map(release => this.#whenIdle(release)),
    ).then(() => ended.abort());
    await sleep(milliseconds, undefined, { signal: ended.signal }).catch(
      () => {}, // woken early
    );
    for (const cuts of this.#underWay.values()) for (const cut of cuts) cut();
    await idle;
    this.#server.closeAllConnections();
    await this.#closed;
  }

  async #forward(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const release = this.#release;
    if (release === null) {
      this.#refuse(response, 503, 'leads to no release now');
      return;
    }
    const done = this.#begin(release, () => response.destroy());
    response.once('close', done);
    try {
      const connection = await this.#options.connect(release);
      if (response.destroyed) {
        connection.destroy();
        return;
      }
      addForwardedHeaders(request);
      await this.#proxy.web(request, response, targetOf(connection));
    } catch (error) {
      this.#refuse(
        response,
        502,
        `does not answer in release ${release}: ${(error as Error).message}`,
      );
    }
  }

  async #forwardUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const release = this.#release;
    socket.on('error', () => {}); // the client went away: "close" follows
    if (release === null) {
      refuseUpgrade(socket, this.#says('leads to no release now'));
      return;
    }
    const done = this.#begin(release, () => socket.destroy());
    socket.once('close', done);
    try {
      const connection = await this.#options.connect(release);
      if (socket.destroyed) {
        connection.destroy();
        return;
      }
      socket.once('close', () => connection.destroy());
      addForwardedHeaders(request);
      await this.#proxy.ws(
        request,
        socket as Socket,
        targetOf(connection),
        head,
      );
    } catch (error) {
      refuseUpgrade(
        socket,
        this.#says(
          `does not answer in release ${release}: ${(error as Error).message}`,
        ),
      );
    }
  }

  /** Answers what is to be called when it is over. */
  #begin(release: number, cut: () => void): () => void {
    const ofRelease = this.#underWay.get(release) ?? new Set();
    this.#underWay.set(release, ofRelease.add(cut));
    return () => {
      ofRelease.delete(cut);
      if (ofRelease.size > 0) return;
      this.#underWay.delete(release);
      for (const told of this.#idle.splice(0)) told();
    };
  }

  async #whenIdle(release: number): Promise<void> {
    while (this.#underWay.has(release)) {
      await new Promise<void>(resolve => this.#idle.push(resolve));
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

/** A proxy target that is reached over a connection that stands already. */
function targetOf(connection: Socket) {
  const host = urlHost(connection.remoteAddress ?? 'localhost');
  return {
    target: `http://${host}:${connection.remotePort}`,
    agent: new ConnectedAgent(connection),
  };
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
