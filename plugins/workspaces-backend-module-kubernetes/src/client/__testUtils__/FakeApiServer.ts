import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { Cluster } from '../Cluster';

export type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) => void;

/** Connections by the port of the client. */
const plain = new Map<number | undefined, Socket>();

/**
 * An API server over real TLS that does what a test says, one answer after the other: for faults that a real
 * one does not have at will. The last answer is given again and again.
 */
export class FakeApiServer {
  readonly requests: { method: string; url: URL; authorization?: string }[] =
    [];
  /** How many connections were opened. */
  connections = 0;
  /** How often the kubeconfig was read. */
  loads = 0;
  #answers: Answer[] = [];
  #server: Server | undefined;
  /** The certificate that it shows, as PEM. */
  authority = '';

  /** @param certificate - Until when it holds and for whom, where that is to be wrong. */
  async start(
    certificate: { until?: string; name?: string } = {},
  ): Promise<void> {
    const { key, cert } = selfSigned(certificate);
    this.authority = cert;
    this.#server = createServer({ key, cert }, (request, response) => {
      const url = new URL(request.url ?? '/', 'https://api');
      const { method = '', headers } = request;
      const { authorization } = headers;
      this.requests.push({ method, url, authorization });
      const next =
        this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
      if (next) next(request, response, url);
      else response.writeHead(404).end();
    });
    // What is below TLS can be reset, TLS itself cannot.
    this.#server.on('connection', (socket: Socket) => {
      plain.set(socket.remotePort, socket);
    });
    this.#server.on('secureConnection', () => {
      this.connections += 1;
    });
    await new Promise<void>(resolve =>
      this.#server!.listen(0, '127.0.0.1', resolve),
    );
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise(resolve => this.#server?.close(resolve));
  }

  answerWith(...answers: Answer[]): void {
    this.#answers = answers;
    this.requests.length = 0;
  }

  /** The requests as short texts. */
  get asked(): string[] {
    return this.requests.map(({ method, url }) =>
      url.searchParams.has('watch')
        ? `watch ${url.searchParams.get('resourceVersion')}`
        : `${method} ${url.pathname}`,
    );
  }

  get port(): number {
    return (this.#server!.address() as AddressInfo).port;
  }

  /** A way to it whose token is another each time the kubeconfig is read. */
  cluster({ authority = this.authority } = {}): Cluster {
    return clusterAt(this.port, authority, () => {
      this.loads += 1;
      return `token-${this.loads}`;
    });
  }
}

/** A way to the API server at a port of this machine. */
export function clusterAt(
  port: number,
  authority: string,
  nextToken: () => string,
): Cluster {
  return new Cluster(() => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      {
        name: 'fake',
        server: `https://127.0.0.1:${port}`,
        caData: Buffer.from(authority).toString('base64'),
        skipTLSVerify: false,
      },
      { name: 'tester', token: nextToken() },
    );
    return config;
  });
}

function selfSigned({ until = '20991231000000Z', name = 'IP:127.0.0.1' }): {
  key: string;
  cert: string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-fake-api-'));
  const file = (path: string) => join(folder, path);
  const openssl = (...words: string[]) =>
    execFileSync('openssl', words, { stdio: 'pipe' });
  try {
    writeFileSync(file('index'), '');
    writeFileSync(
      file('ca.cnf'),
      [
        '[ca]',
        `database = ${file('index')}`,
        `new_certs_dir = ${folder}`,
        'rand_serial = yes',
        'default_md = sha256',
        'policy = policy',
        '[policy]',
        'commonName = supplied',
        '[names]',
        `subjectAltName = ${name}`,
      ].join('\n'),
    );
    openssl(
      ...['req', '-new', '-newkey', 'ec', '-nodes', '-subj', '/CN=127.0.0.1'],
      ...['-pkeyopt', 'ec_paramgen_curve:prime256v1'],
      ...['-keyout', file('key'), '-out', file('request')],
    );
    openssl(
      ...['ca', '-batch', '-notext', '-selfsign', '-config', file('ca.cnf')],
      ...['-name', 'ca', '-extensions', 'names', '-keyfile', file('key')],
      ...['-in', file('request'), '-out', file('cert')],
      ...['-startdate', '20200101000000Z', '-enddate', until],
    );
    return {
      key: readFileSync(file('key'), 'utf8'),
      cert: readFileSync(file('cert'), 'utf8'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A refusal as the API server words it. */
export function refused(
  code: number,
  reason: string,
  headers: Record<string, string> = {},
): Answer {
  return (_, response) =>
    response
      .writeHead(code, { 'content-type': 'application/json', ...headers })
      .end(
        JSON.stringify({
          kind: 'Status',
          status: 'Failure',
          message: `said ${reason}`,
          reason,
          code,
        }),
      );
}

/** An object as the answer. */
export function given(object: unknown): Answer {
  return (_, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(object));
}

/** Breaks the connection of a request. */
export function reset({ socket }: IncomingMessage): void {
  plain.get(socket.remotePort)?.resetAndDestroy();
}

/** The connection breaks before anything was said. */
export const broken: Answer = request => reset(request);

/** A list of pods by name, with the version of the list. */
export function podList(version: string, ...names: string[]): Answer {
  return given({
    kind: 'PodList',
    metadata: { resourceVersion: version },
    items: names.map(name => pod(name, version)),
  });
}

export function pod(name: string, resourceVersion: string) {
  return {
    metadata: {
      name,
      namespace: 'ws-test',
      uid: `uid-${name}`,
      resourceVersion,
      managedFields: [{ manager: 'someone' }],
    },
  };
}

/** A watch that says these lines and then ends, breaks or stays silent. */
export function watched(
  lines: string[],
  then: 'end' | 'break' | 'stay' = 'stay',
): Answer {
  return (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(lines.join(''));
    if (then === 'end') response.end();
    if (then === 'break') setTimeout(() => reset(request), 50);
    if (then === 'stay') response.flushHeaders();
  };
}

/** One line of a watch. */
export function event(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}
