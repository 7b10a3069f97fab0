import { createHash } from 'node:crypto';
import {
  createServer,
  IncomingMessage,
  Server,
  ServerResponse,
} from 'node:http';
import { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';

/**
 * A registry behind a token service, both in this process. It does what Debian's docker-registry 2.8.2 does
 * with `auth: token` (challenge, scopes, 202 with a Location that carries a state, 404 MANIFEST_UNKNOWN), and
 * what the token service of the distribution project's specification does (`token`, `expires_in`).
 */
export class TokenRegistry {
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, { bytes: Buffer; type: string }>();
  /** Scopes for which tokens were asked, in order. */
  readonly scopes: (string | null)[] = [];
  /** What each request below /v2/ was, and with which kind of proof. */
  readonly requests: string[] = [];
  /** Answers in place of the registry, by the first part of the repository. */
  readonly refusals = new Map<string, { status: number; body: string }>();
  readonly credentials = { username: 'ann', password: 'secret-of-ann' };
  /** Seconds. */
  tokenLife = 60;
  /** Whether blobs are read from another server, as a registry on a bucket does. */
  redirects = false;
  /** Gives the first half of a blob and no more. */
  isStuck = false;
  /** Refuses a blob in the middle, as a proxy does that limits its size. */
  isFull = false;
  realm = '';
  #server?: Server;
  #other?: Server;
  readonly #tokens = new Set<string>();

  async start(): Promise<string> {
    this.#server = await listening((request, response) =>
      this.#answer(request, response),
    );
    this.#other = await listening((request, response) => {
      this.requests.push(`bucket ${request.headers.authorization ?? 'nobody'}`);
      response.end(this.blobs.get(request.url!.slice(1)));
    });
    this.realm = `http://${addressOf(this.#server)}/token`;
    return addressOf(this.#server);
  }

  async stop(): Promise<void> {
    for (const server of [this.#server, this.#other]) {
      server?.closeAllConnections();
      await new Promise(resolve => server?.close(resolve));
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url!, 'http://registry');
    if (url.pathname === '/token') return this.#token(request, response, url);
    const [proof, token = ''] = (request.headers.authorization ?? 'none').split(
      ' ',
    );
    this.requests.push(`${request.method} ${url.pathname} ${proof}`);
    const refused = this.refusals.get(url.pathname.split('/')[2]);
    if (refused) {
      response.writeHead(refused.status).end(refused.body);
      return undefined;
    }
    if (!this.#tokens.has(token)) {
      response
        .writeHead(401, {
          'www-authenticate': `Bearer realm="${this.realm}",service="registry.test"`,
        })
        .end(
          '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":null}]}',
        );
      return undefined;
    }
    return this.#serve(request, response, url);
  }

  #token(request: IncomingMessage, response: ServerResponse, url: URL) {
    const { username, password } = this.credentials;
    const basic = Buffer.from(`${username}:${password}`).toString('base64');
    if (request.headers.authorization !== `Basic ${basic}`) {
      response
        .writeHead(401)
        .end('{"details":"incorrect username or password"}');
      return;
    }
    this.scopes.push(url.searchParams.get('scope'));
    const token = `token-${this.#tokens.size}`;
    this.#tokens.add(token);
    response.end(JSON.stringify({ token, expires_in: this.tokenLife }));
  }

  async #serve(request: IncomingMessage, response: ServerResponse, url: URL) {
    const { method } = request;
    const [, kind, name] =
      /\/(manifests|blobs|tags)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === undefined) response.end('{}');
    else if (kind === 'tags')
      response.end(
        JSON.stringify({
          tags: [...this.manifests.keys()].filter(
            tag => !tag.startsWith('sha256:'),
          ),
        }),
      );
    else if (kind === 'manifests' && method === 'PUT') {
      const bytes = await buffer(request);
      const type = request.headers['content-type']!;
      for (const key of [name, digestOf(bytes)])
        this.manifests.set(key, { bytes, type });
      response.writeHead(201).end();
    } else if (kind === 'manifests') this.#manifest(request, response, name);
    else if (method === 'POST')
      response
        .writeHead(202, { location: `${url.pathname}one?_state=s` })
        .end();
    else if (method === 'PATCH' && this.isFull)
      response.writeHead(413).end('too large');
    else if (method === 'PATCH') {
      this.blobs.set('upload', await buffer(request));
      response.writeHead(202, { location: `${url.pathname}?_state=t` }).end();
    } else if (method === 'PUT') {
      const given = await buffer(request);
      const bytes = given.length > 0 ? given : this.blobs.get('upload')!;
      const digest = url.searchParams.get('digest')!;
      const sound =
        digestOf(bytes) === digest && url.searchParams.has('_state');
      if (sound) this.blobs.set(digest, bytes);
      response
        .writeHead(sound ? 201 : 400)
        .end(
          sound
            ? ''
            : '{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"}]}',
        );
    } else this.#blob(request, response, name);
  }

  #manifest(request: IncomingMessage, response: ServerResponse, name: string) {
    const found = this.manifests.get(name);
    if (!found) {
      response
        .writeHead(404)
        .end(
          '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}',
        );
    } else if (request.method === 'DELETE') {
      response
        .writeHead(405)
        .end(
          '{"errors":[{"code":"UNSUPPORTED","message":"The operation is unsupported."}]}',
        );
    } else {
      response.writeHead(200, {
        'content-type': found.type,
        'docker-content-digest': digestOf(found.bytes),
      });
      response.end(request.method === 'HEAD' ? undefined : found.bytes);
    }
  }

  #blob(request: IncomingMessage, response: ServerResponse, name: string) {
    const found = this.blobs.get(name);
    if (!found)
      response
        .writeHead(404)
        .end(
          '{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"}]}',
        );
    else if (this.redirects)
      response
        .writeHead(307, {
          location: `http://${addressOf(this.#other!)}/${name}`,
        })
        .end();
    else if (this.isStuck && request.method === 'GET')
      response.write(found.subarray(0, found.length / 2));
    else response.end(request.method === 'HEAD' ? undefined : found);
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function addressOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function listening(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<Server> {
  const server = createServer((request, response) => {
    Promise.resolve(answer(request, response)).catch(async error => {
      await text(request).catch(() => {});
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
}
