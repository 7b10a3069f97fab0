import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { getCACertificates } from 'node:tls';
import type { JsonObject } from '@backstage/types';
import { Agent, Dispatcher, request } from 'undici';
import { parseChallenge } from './challenge';
import { refusal, unreachable } from './failures';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request to a registry, or to a server that a registry names. */
export interface HttpRequest {
  method: Method;
  url: URL;
  headers?: Record<string, string>;
  authorization?: string;
  /** Who logs in, where anybody does. */
  account?: string;
  body?: Buffer | Readable;
  signal?: AbortSignal;
  /** What the evidence of a failure is to say besides. */
  facts?: JsonObject;
}

export interface RegistryAnswer {
  status: number;
  url: URL;
  header(name: string): string | undefined;
  body: Dispatcher.ResponseData['body'];
}

/** Milliseconds. */
const CONNECT_TIMEOUT = 10_000;
const ANSWER_TIMEOUT = 60_000;

/** The connections to a registry and to what belongs to it: kept, and with one idea of whom to trust. */
export class RegistryHttp {
  readonly #caFile?: string;
  readonly #answerTimeout: number;
  #agent?: Promise<Agent>;

  /**
   * @param caFile - Path of PEM certificates that are trusted besides the usual ones.
   * @param answerTimeout - In milliseconds: the longest silence before and within an answer.
   */
  constructor(caFile: string | undefined, answerTimeout = ANSWER_TIMEOUT) {
    this.#caFile = caFile;
    this.#answerTimeout = answerTimeout;
  }

  /** The certificates that a server's own must lead to, as PEM. */
  async authorities(): Promise<string[]> {
    return [
      ...getCACertificates('default'),
      ...(this.#caFile ? [await readFile(this.#caFile, 'utf8')] : []),
    ];
  }

  /** Sends a request and gives whatever is answered; redirects are answers. */
  async request(wanted: HttpRequest): Promise<RegistryAnswer> {
    const { method, url, headers, authorization, body, signal } = wanted;
    try {
      const answer = await request(url, {
        method,
        dispatcher: await this.#connections(),
        headers: { ...headers, ...(authorization ? { authorization } : {}) },
        body: body ?? null,
        signal,
      });
      const { statusCode: status, headers: received } = answer;
      return {
        status,
        url,
        body: answer.body,
        header: name => {
          const value = received[name];
          return Array.isArray(value) ? value.join(', ') : value;
        },
      };
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(method, url, error, wanted.facts);
    }
  }

  /**
   * The answer if its status is one of those, by default any below 300; else a failure with what was said.
   * The answer to HEAD says nothing, so that such a question is put once more as GET.
   */
  async accepted(
    wanted: HttpRequest,
    answer: RegistryAnswer,
    accept?: number[],
  ): Promise<RegistryAnswer> {
    const { status } = answer;
    if (accept?.includes(status) ?? status < 300) return answer;
    const spoken =
      wanted.method === 'HEAD'
        ? await this.request({ ...wanted, method: 'GET' })
        : answer;
    const same = spoken.status === status;
    const body = same ? await spoken.body.text().catch(() => '') : '';
    if (!same) await spoken.body.dump();
    const challenge = parseChallenge(answer.header('www-authenticate'));
    // Of nobody's token it is clear that it is not enough.
    const error =
      challenge?.scheme === 'bearer' && wanted.account !== undefined
        ? challenge.error
        : undefined;
    const said = { status, body, error };
    throw refusal(wanted.method, wanted.url, said, wanted.facts);
  }

  async close(): Promise<void> {
    await (await this.#agent)?.close();
  }

  /** A file of certificates that cannot be read is asked for again with the next request. */
  async #connections(): Promise<Agent> {
    this.#agent ??= this.#connect();
    try {
      return await this.#agent;
    } catch (error) {
      this.#agent = undefined;
      throw error;
    }
  }

  async #connect(): Promise<Agent> {
    return new Agent({
      connect: { ca: await this.authorities(), timeout: CONNECT_TIMEOUT },
      headersTimeout: this.#answerTimeout,
      bodyTimeout: this.#answerTimeout,
    });
  }
}
