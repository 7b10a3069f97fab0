import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent, Dispatcher, ProxyAgent } from 'undici';

/** All in milliseconds. */
const CONNECT_TIMEOUT = 10_000;
const HEADERS_TIMEOUT = 30_000;
const BODY_TIMEOUT = 60_000;
/** A connection is kept for the calls of the next run; the API server ends those that are idle for 90 s. */
const KEPT_IDLE = 60_000;
/** Tokens of files and programs change: they are asked for again after as long. */
const READ_AGAIN_AFTER = 60_000;

/** What a request is sent with. */
export interface Access {
  /** Without a slash at its end. */
  server: string;
  headers: Record<string, string>;
  /** For calls that are answered at once. */
  calls: Dispatcher;
  /** For watches and logs, which are silent as long as they like. */
  streams: Dispatcher;
}

/**
 * How a cluster is reached, from a kubeconfig or from within it. The connections are kept as long as the
 * certificates and the address stay what they are: the client library would open one for each call.
 */
export class Credentials {
  readonly #load: () => KubeConfig;
  #config: KubeConfig | undefined;
  #access: Promise<Access> | undefined;
  #readAt = 0;
  #fingerprint: string | undefined;
  #dispatchers: { calls: Dispatcher; streams: Dispatcher } | undefined;

  constructor(load: () => KubeConfig) {
    this.#load = load;
  }

  async access(): Promise<Access> {
    if (!this.#access || Date.now() - this.#readAt > READ_AGAIN_AFTER) {
      this.#readAt = Date.now();
      this.#access = this.#read();
      this.#access.catch(() => {
        this.#access = undefined; // asked for anew by the next call
      });
    }
    return this.#access;
  }

  /** Everything is read anew by the next call, also what a program gave that said it stays valid. */
  forget(): void {
    this.#config = undefined;
    this.#access = undefined;
  }

  async close(): Promise<void> {
    const open = this.#dispatchers;
    this.#dispatchers = undefined;
    this.forget();
    await Promise.all([open?.calls.destroy(), open?.streams.destroy()]);
  }

  async #read(): Promise<Access> {
    this.#config ??= this.#load();
    const config = this.#config;
    const cluster = config.getCurrentCluster();
    if (!cluster) {
      throw new Error(
        `The kubeconfig has no cluster for its context "${config.getCurrentContext()}"`,
      );
    }
    const options: RequestOptions = { headers: {} };
    await config.applyToHTTPSOptions(options);
    const { calls, streams } = this.#connections(config, options);
    return {
      server: cluster.server.replace(/\/$/, ''),
      headers: headersOf(options),
      calls,
      streams,
    };
  }

  #connections(config: KubeConfig, options: RequestOptions) {
    const { ca, cert, key, pfx, passphrase, rejectUnauthorized } = options;
    const { servername } = options as { servername?: string };
    const tls = { ca, cert, key, pfx, passphrase, rejectUnauthorized };
    const given = config.createDispatcherOptions(config.getCurrentCluster(), {
      ...tls,
      servername,
    });
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([config.getCurrentCluster(), tls, servername]))
      .digest('hex');
    if (!this.#dispatchers || this.#fingerprint !== fingerprint) {
      // What is on its way over the earlier ones ends by itself.
      void this.#dispatchers?.calls.close();
      void this.#dispatchers?.streams.close();
      this.#fingerprint = fingerprint;
      this.#dispatchers = {
        calls: dispatcher(given, {
          headersTimeout: HEADERS_TIMEOUT,
          bodyTimeout: BODY_TIMEOUT,
        }),
        streams: dispatcher(given, {
          headersTimeout: HEADERS_TIMEOUT,
          bodyTimeout: 0,
        }),
      };
    }
    return this.#dispatchers;
  }
}

type DispatcherOptions = ReturnType<KubeConfig['createDispatcherOptions']>;

function dispatcher(
  given: DispatcherOptions,
  timeouts: { headersTimeout: number; bodyTimeout: number },
): Dispatcher {
  const common = { ...timeouts, allowH2: false, keepAliveTimeout: KEPT_IDLE };
  switch (given.type) {
    case 'proxy':
      return new ProxyAgent({
        ...common,
        uri: given.uri,
        requestTls: { ...given.requestTls, timeout: CONNECT_TIMEOUT },
      });
    case 'socks':
      throw new Error(
        `The kubeconfig names a SOCKS proxy (${given.uri}), which is not supported; an HTTP proxy is`,
      );
    case 'agent':
      return new Agent({
        ...common,
        connect: { ...given.connect, timeout: CONNECT_TIMEOUT },
      });
    default:
      return new Agent({ ...common, connect: { timeout: CONNECT_TIMEOUT } });
  }
}

function headersOf({ auth, headers }: RequestOptions): Record<string, string> {
  const given = Object.entries(headers ?? {}).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ]);
  const basic = auth
    ? [['authorization', `Basic ${Buffer.from(auth).toString('base64')}`]]
    : [];
  return Object.fromEntries([...given, ...basic]);
}
