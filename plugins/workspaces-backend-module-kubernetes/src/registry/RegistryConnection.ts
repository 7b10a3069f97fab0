import type { Readable } from 'node:stream';
import { InputError } from '@backstage/errors';
import type { JsonObject } from '@backstage/types';
import { Challenge, parseChallenge } from './challenge';
import { registryProblem } from './reference';
import { Method, RegistryAnswer, RegistryHttp } from './RegistryHttp';
import { fetchToken, Token } from './token';

/** Where the registry is, and as whom it is asked. */
export interface RegistryOptions {
  /** Host name or address with an optional port, as in the names of images. */
  address: string;
  username?: string;
  password?: string;
  /** Path of a file of PEM certificates that are trusted besides the usual ones. */
  caFile?: string;
  /** Asks without TLS. Passwords then travel in clear. Default: false */
  plainHttp?: boolean;
  /** In milliseconds: for how long it may be silent in the middle of an answer. Default: a minute */
  answerTimeout?: number;
}

/** What may be done to a repository, as token services name it. */
export type Access = 'pull' | 'pull,push' | 'pull,push,delete';

/** A request below `/v2/`. */
export interface RegistryRequest {
  method: Method;
  /** Relative to the registry, or an address that it has given. */
  path: string;
  repository?: string;
  access?: Access;
  headers?: Record<string, string>;
  body?: Buffer | Readable;
  /** Statuses that are answers and no refusals. Default: all below 300 */
  accept?: number[];
  signal?: AbortSignal;
}

/** Requests to one registry, each with what it asks for as proof of who we are. */
export class RegistryConnection {
  readonly address: string;
  readonly origin: string;
  readonly http: RegistryHttp;
  readonly #options: RegistryOptions;
  #scheme?: Challenge['scheme'];
  readonly #tokens = new Map<string, Token>();

  constructor(options: RegistryOptions) {
    const problem = registryProblem(options.address);
    if (problem) throw new InputError(problem);
    this.#options = options;
    this.address = options.address;
    this.origin = `${options.plainHttp ? 'http' : 'https'}://${
      options.address
    }`;
    this.http = new RegistryHttp(options.caFile, options.answerTimeout);
  }

  /** How the registry wants to know who asks, once it was asked; nothing where it does not want to. */
  get proof(): string | undefined {
    return this.#scheme;
  }

  /** Asks whether a registry is there at all, as nobody: its status, be it that it wants a login. */
  async ask(signal?: AbortSignal): Promise<number> {
    const url = new URL('/v2/', this.origin);
    const wanted = { method: 'GET' as const, url, signal };
    const answer = await this.http.request(wanted);
    await this.http.accepted(wanted, answer, [200, 401]);
    await answer.body.dump();
    return answer.status;
  }

  /** Sends a request; a refusal is thrown with what the registry said. */
  async send({
    path,
    repository,
    access = 'pull',
    accept,
    ...rest
  }: RegistryRequest): Promise<RegistryAnswer> {
    const url = new URL(path, this.origin);
    const isOurs = url.origin === this.origin;
    const scope = repository ? `repository:${repository}:${access}` : '';
    const authorization = isOurs ? this.#known(scope) : undefined;
    const pushed = `${this.address}/${repository}`;
    const facts = access === 'pull,push' ? { pushed } : {};
    const { username: account } = this.#options;
    const wanted = { ...rest, url, authorization, account, facts };
    const first = await this.http.request(wanted);
    const challenge =
      first.status === 401 && isOurs
        ? parseChallenge(first.header('www-authenticate'))
        : undefined;
    const isSpent = rest.body && !Buffer.isBuffer(rest.body);
    if (!challenge || isSpent || !this.#canProve(challenge))
      return this.http.accepted(wanted, first, accept);
    await first.body.dump();
    const proven = {
      ...wanted,
      authorization: await this.#prove(challenge, {
        scope,
        facts,
        signal: rest.signal,
      }),
    };
    return this.http.accepted(proven, await this.http.request(proven), accept);
  }

  /**
   * Reads what a registry redirects to, which many do for blobs: the other server gets no proof
   * of who we are, which is in the address already.
   */
  async follow(
    answer: RegistryAnswer,
    signal?: AbortSignal,
  ): Promise<RegistryAnswer> {
    const location = answer.header('location');
    if (answer.status < 300 || !location) return answer;
    await answer.body.dump();
    const url = new URL(location, answer.url);
    const wanted = { method: 'GET' as const, url, signal };
    return this.http.accepted(wanted, await this.http.request(wanted));
  }

  async close(): Promise<void> {
    await this.http.close();
  }

  #canProve({ scheme }: Challenge): boolean {
    return scheme === 'bearer' || this.#options.username !== undefined;
  }

  /** What the registry is known to want. */
  #known(scope: string): string | undefined {
    if (this.#scheme === 'basic') return this.#basic();
    const token = this.#tokens.get(scope);
    return token && token.until > Date.now()
      ? `Bearer ${token.value}`
      : undefined;
  }

  #basic(): string | undefined {
    const { username, password = '' } = this.#options;
    return username === undefined
      ? undefined
      : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  async #prove(
    challenge: Challenge,
    asked: { scope: string; facts: JsonObject; signal?: AbortSignal },
  ): Promise<string | undefined> {
    const { scope, facts, signal } = asked;
    this.#scheme = challenge.scheme;
    if (challenge.scheme === 'basic') return this.#basic();
    const token = await fetchToken(this.http, challenge, {
      registry: this.address,
      scope,
      authorization: this.#basic(),
      plainHttp: this.#options.plainHttp ?? false,
      facts,
      signal,
    });
    this.#tokens.set(scope, token);
    return `Bearer ${token.value}`;
  }
}
