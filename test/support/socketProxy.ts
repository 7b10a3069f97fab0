import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import { rmSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';

/** A change that went over the socket, and what the engine answered. */
export interface Effect {
  method: string;
  path: string;
  status: number;
}

/**
 * Stands between a portal and the container engine, and writes down every request that
 * is not a read. It changes nothing on the way, hijacked connections included.
 */
export class SocketProxy {
  readonly effects: Effect[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async listen(path: string, enginePath: string): Promise<SocketProxy> {
    rmSync(path, { force: true });
    const proxy = new SocketProxy(enginePath);
    await new Promise<void>(done => {
      proxy.#server.listen(path, done);
    });
    return proxy;
  }

  private constructor(enginePath: string) {
    this.#server = createServer(async (incoming, outgoing) => {
      // The engine may answer, and close, before it has read a body that is piped to it.
      const body = await buffer(incoming).catch(() => undefined);
      if (!body) return; // the portal was killed while it wrote
      const forwarded = request(
        {
          socketPath: enginePath,
          method: incoming.method,
          path: incoming.url,
          headers: incoming.headers,
          agent: false,
        },
        answer => {
          this.#record(incoming, answer.statusCode ?? 0);
          if (outgoing.destroyed) {
            answer.resume();
            return;
          }
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          outgoing.flushHeaders(); // a stream of events has begun although nothing has happened yet
          answer.pipe(outgoing);
        },
      );
      forwarded.on('error', () => outgoing.destroy());
      outgoing.on('close', () => {
        // What was asked for is made although nobody waits for the answer: it is to be counted.
        if (!isCreation(incoming)) forwarded.destroy();
      });
      forwarded.end(body);
    });
    this.#server.on(
      'upgrade',
      (incoming: IncomingMessage, client: Socket, head: Buffer) => {
        const engine = connect(enginePath, () => {
          const headers = incoming.rawHeaders.flatMap((value, index) =>
            index % 2 ? [] : [`${value}: ${incoming.rawHeaders[index + 1]}`],
          );
          engine.write(
            [
              `${incoming.method} ${incoming.url} HTTP/1.1`,
              ...headers,
              '',
              '',
            ].join('\r\n'),
          );
          engine.write(head);
          this.#record(incoming, 101);
          engine.pipe(client).pipe(engine);
        });
        const end = () => {
          engine.destroy();
          client.destroy();
        };
        engine.on('error', end);
        client.on('error', end);
      },
    );
    this.#server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** Ends all connections and the listener. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(done => {
      this.#server.close(done);
    });
  }

  #record(incoming: IncomingMessage, status: number): void {
    if (incoming.method === 'GET' || incoming.method === 'HEAD') return;
    this.effects.push({
      method: incoming.method ?? '',
      path: (incoming.url ?? '').replace(/^\/v[\d.]+/, ''),
      status,
    });
  }
}

function isCreation({ method, url = '' }: IncomingMessage): boolean {
  return method === 'POST' && /\/create(\?|$)/.test(url);
}
