import { Agent } from 'node:http';
import { isIP } from 'node:net';
import { inspect } from 'node:util';
import Docker, { DockerOptions } from 'dockerode';
import { InputError } from '@backstage/errors';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { dialectOf, Dialect } from './dialect';
import { engineFailure } from './failures';
import type { EngineLocation } from './location';

const ACCEPTED =
  'accepted are unix:///path/of/the/socket and tcp://127.0.0.1:port';

/** The container engine as this portal reaches it. */
export class EngineConnection {
  readonly docker: Docker;
  readonly location: EngineLocation;
  #dialect: Promise<Dialect> | undefined;

  constructor(location: EngineLocation) {
    this.location = location;
    this.docker = new Docker(clientOptions(location));
  }

  /** Whether what the engine publishes on its loopback address is reached from here. */
  get isLocal(): boolean {
    const url = parsed(this.location);
    return (
      url.protocol === 'unix:' ||
      (url.protocol === 'tcp:' && isLoopback(url.hostname))
    );
  }

  /** What the engine is; asked once. */
  async dialect(): Promise<Dialect> {
    this.#dialect ??= this.docker.version().then(dialectOf);
    try {
      return await this.#dialect;
    } catch (error) {
      this.#dialect = undefined;
      throw engineFailure('The container engine does not answer', error);
    }
  }

  /** Refuses an engine on which workspaces cannot live, before anything is touched. */
  async requireUsable(): Promise<Dialect> {
    if (!this.isLocal) {
      const text = `The container engine ${this.location.url} (${this.location.foundBy}) is on another machine, where apps would be published out of reach of this portal`;
      throw failure(text, [evidenceOf('error', 'local engine', text)]);
    }
    const dialect = await this.dialect();
    if (dialect.unsupported) {
      const text = `The container engine at ${this.location.url} is ${dialect.product}: ${dialect.unsupported}`;
      throw failure(text, [evidenceOf('error', 'local engine', text)]);
    }
    return dialect;
  }
}

function parsed(location: EngineLocation): URL {
  try {
    return new URL(location.url);
  } catch {
    throw new InputError(
      `${location.foundBy} names the container engine "${location.url}", which is no address; ${ACCEPTED}`,
    );
  }
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return (
    host === 'localhost' ||
    host === '::1' ||
    (isIP(host) === 4 && host.startsWith('127.'))
  );
}

/**
 * docker-modem 5.0.7 writes down the whole of each request for a trace that nobody reads,
 * the agent with every open connection in it: most of the time of a portal at work.
 */
class BriefAgent extends Agent {
  [inspect.custom](): string {
    return 'Agent';
  }
}

/** Everything is said, because the client fills what is missing from DOCKER_HOST. */
function clientOptions(
  location: EngineLocation,
): DockerOptions & { agent?: Agent } {
  const url = parsed(location);
  // A connection that was kept would fail the first call after a restart of the engine.
  const agent = new BriefAgent({ keepAlive: false });
  if (url.protocol === 'unix:') {
    return {
      socketPath: decodeURIComponent(url.pathname),
      host: undefined,
      port: undefined,
      protocol: 'http',
      agent,
    };
  }
  if (url.protocol === 'tcp:') {
    return {
      host: url.hostname,
      port: url.port || 2375,
      protocol: 'http',
      agent,
    };
  }
  // Another protocol is a remote engine: it is never used, and its check says why.
  return { socketPath: '/nonexistent', host: undefined, protocol: 'http' };
}
