import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An app: answers with its name unless told otherwise, and echoes WebSocket messages with its name before them. */
export class Upstream {
  readonly name: string;
  readonly requests: IncomingMessage[] = [];
  handler: Handler;
  readonly #server: Server;

  private constructor(name: string) {
    this.name = name;
    this.handler = (_request, response) => response.end(name);
    this.#server = createServer((request, response) => {
      this.requests.push(request);
      this.handler(request, response);
    });
    const webSockets = new WebSocketServer({ server: this.#server });
    webSockets.on('connection', socket =>
      socket.on('message', data => socket.send(`${name}: ${data}`)),
    );
  }

  static async start(name: string, port = 0): Promise<Upstream> {
    const upstream = new Upstream(name);
    await new Promise<void>((resolve, reject) => {
      upstream.#server.once('error', reject);
      upstream.#server.listen(port, '127.0.0.1', resolve);
    });
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many requests came that were no probes. */
  get asked(): number {
    return this.requests.filter(request => !isProbe(request)).length;
  }

  /** Resolves when a request that is no probe has come and is held; whoever waits answers it. */
  holdNext(): Promise<ServerResponse> {
    const usual = this.handler;
    return new Promise(resolve => {
      this.handler = (request, response) => {
        if (isProbe(request)) {
          usual(request, response);
          return;
        }
        this.handler = usual;
        resolve(response);
      };
    });
  }

  async stop(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

function isProbe(request: IncomingMessage): boolean {
  return request.headers['user-agent'] === 'slipway-probe';
}
