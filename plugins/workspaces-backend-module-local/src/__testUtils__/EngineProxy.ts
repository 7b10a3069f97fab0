import { mkdtemp, rm } from 'node:fs/promises';
import {
  createServer,
  IncomingMessage,
  request,
  Server,
  ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Requests that change nothing although they are no GET. */
const HARMLESS = /\/(wait|attach)(\?|$)/;

/**
 * Stands between a portal and the container engine. It can die for the portal right after the engine has
 * carried out a request, as a `kill -9` of the portal at that moment would look, and it can be away for a while.
 */
export class EngineProxy {
  readonly #engineSocket: string;
  readonly #connections = new Set<Socket>();
  #directory = '';
  #server: Server | undefined;
  #away = false;
  #crashAfter = Infinity;
  /** Requests that changed something, in order. */
  readonly writes: string[] = [];

  constructor(engineUrl: string) {
    this.#engineSocket = engineUrl.replace(/^unix:\/\//, '');
  }

  get url(): string {
    return `unix://${join(this.#directory, 'engine.sock')}`;
  }

  async start(): Promise<void> {
    this.#directory = await mkdtemp(join(tmpdir(), 'slipway-engine-'));
    const server = createServer((incoming, response) =>
      this.#forward(incoming, response).catch(() => response.destroy()),
    );
    server.on('connection', socket => {
      if (this.#away) {
        socket.destroy();
        return;
      }
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
    });
    this.#server = server;
    await new Promise<void>(resolve =>
      server.listen(this.url.replace('unix://', ''), resolve),
    );
  }

  async stop(): Promise<void> {
    this.leave();
    await new Promise(resolve => this.#server?.close(resolve));
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** The connection ends for good after so many writes. */
  crashAfter(writes: number): void {
    this.#crashAfter = writes;
  }

  /** The engine is away. */
  leave(): void {
    this.#away = true;
    this.#connections.forEach(socket => socket.destroy());
  }

  /** The engine is there again. */
  comeBack(): void {
    this.#away = false;
  }

  async #forward(
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { method = 'GET', url = '', headers } = incoming;
    const isWrite = method !== 'GET' && !HARMLESS.test(url);
    const body = await buffer(incoming); // the engine may close before a piped one has ended
    const outgoing = request(
      {
        socketPath: this.#engineSocket,
        method,
        path: url,
        headers,
        agent: false,
      },
      answer => {
        const { statusCode = 502 } = answer;
        if (!isWrite) {
          response.writeHead(statusCode, answer.headers);
          response.flushHeaders(); // a stream of events may have nothing to say for long
          answer.pipe(response);
          return;
        }
        const chunks: Buffer[] = [];
        answer.on('data', chunk => chunks.push(chunk));
        answer.on('end', () => {
          this.writes.push(`${method} ${url}`);
          if (this.writes.length >= this.#crashAfter) this.leave();
          else {
            response.writeHead(statusCode, answer.headers);
            response.end(Buffer.concat(chunks));
          }
        });
      },
    );
    outgoing.on('error', () => response.destroy());
    response.on('close', () => {
      if (!isWrite) outgoing.destroy(); // what was ordered is carried out
    });
    outgoing.end(body);
  }
}
