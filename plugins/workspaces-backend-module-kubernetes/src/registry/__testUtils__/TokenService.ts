import { execFileSync } from 'node:child_process';
import { randomUUID, sign, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import {
  createServer,
  IncomingMessage,
  Server,
  ServerResponse,
} from 'node:http';
import { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SERVICE = 'registry.test';
const ISSUER = 'slipway tests';

/**
 * A token service by the distribution project's specification, with a key of its own: what it signs is checked by a
 * real registry.
 */
export class TokenService {
  readonly credentials = { username: 'ann', password: 'secret-of-ann' };
  /** What was asked for, in order. */
  readonly scopes: string[] = [];
  /** The last token. */
  last = '';
  /** What accounts may do with every repository. */
  granted = ['pull', 'push', 'delete'];
  /** Seconds from now until the registry takes a token no more. It is a minute more patient than the token says. */
  life = 300;
  readonly #folder = mkdtempSync(join(tmpdir(), 'slipway-token-'));
  #server: Server | undefined;

  get #key(): string {
    return join(this.#folder, 'key.pem');
  }

  get #certificate(): string {
    return join(this.#folder, 'certificate.pem');
  }

  async start(): Promise<void> {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'],
        ...['-subj', '/CN=tokens', '-keyout', this.#key],
        ...['-out', this.#certificate],
      ],
      { stdio: 'pipe' },
    );
    this.#server = createServer((request, response) =>
      this.#answer(request, response),
    );
    await new Promise<void>(resolve =>
      this.#server?.listen(0, '127.0.0.1', resolve),
    );
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise(resolve => this.#server?.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Nobody answers at its address any more. */
  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise(resolve => this.#server?.close(resolve));
  }

  get host(): string {
    return `127.0.0.1:${(this.#server?.address() as AddressInfo).port}`;
  }

  /** How a registry is told to take its tokens. */
  get settings(): object {
    return {
      token: {
        realm: `http://${this.host}/token`,
        service: SERVICE,
        issuer: ISSUER,
        rootcertbundle: this.#certificate,
      },
    };
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { username, password } = this.credentials;
    const basic = Buffer.from(`${username}:${password}`).toString('base64');
    if (request.headers.authorization !== `Basic ${basic}`) {
      response
        .writeHead(401)
        .end('{"details":"incorrect username or password"}');
      return;
    }
    const url = new URL(request.url ?? '/', 'http://tokens');
    const scope = url.searchParams.get('scope') ?? '';
    this.scopes.push(scope);
    this.last = this.#token(scope);
    response.end(JSON.stringify({ token: this.last, expires_in: 300 }));
  }

  #token(scope: string): string {
    const [type, name, actions = ''] = scope.split(':');
    const granted = actions
      .split(',')
      .filter(one => this.granted.includes(one));
    const now = Math.floor(Date.now() / 1000);
    const { raw } = new X509Certificate(readFileSync(this.#certificate));
    const header = { typ: 'JWT', alg: 'RS256', x5c: [raw.toString('base64')] };
    const claims = {
      iss: ISSUER,
      sub: this.credentials.username,
      aud: SERVICE,
      iat: now,
      nbf: now - 60,
      exp: now - 60 + this.life,
      jti: randomUUID(),
      access: scope ? [{ type, name, actions: granted }] : [],
    };
    const text = [header, claims]
      .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = sign(
      'sha256',
      Buffer.from(text),
      readFileSync(this.#key),
    );
    return `${text}.${signature.toString('base64url')}`;
  }
}
