import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject, JsonValue } from '@backstage/types';

const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Where the container engine is, and who said so. */
export interface EngineLocation {
  /** As in DOCKER_HOST: `unix:///path`, `tcp://host:port`. */
  url: string;
  /** For people: which setting or place it comes from. */
  foundBy: string;
}

/** What the search depends on, so that it can be tested. */
export interface EngineSearch {
  /** From the configuration. */
  dockerHost?: string;
  environment: Record<string, string | undefined>;
  homeDirectory: string;
}

/**
 * Finds the container engine: the configuration, DOCKER_HOST, the docker context, then the
 * sockets where Docker and Podman usually are. Where there is none it is Docker's own default,
 * so that every attempt names the place where one is expected.
 */
export async function findEngine(
  search: EngineSearch,
): Promise<EngineLocation> {
  const { dockerHost, environment } = search;
  if (dockerHost) {
    return { url: dockerHost, foundBy: 'workspaces.local.dockerHost' };
  }
  if (environment.DOCKER_HOST) {
    return { url: environment.DOCKER_HOST, foundBy: 'DOCKER_HOST' };
  }
  return (
    (await engineOfContext(search)) ??
    (await engineOfSocket(search)) ?? {
      url: `unix://${DEFAULT_SOCKET}`,
      foundBy: 'no engine was found; this is where Docker usually is',
    }
  );
}

async function engineOfContext(
  search: EngineSearch,
): Promise<EngineLocation | undefined> {
  const directory =
    search.environment.DOCKER_CONFIG ?? join(search.homeDirectory, '.docker');
  const name =
    search.environment.DOCKER_CONTEXT ??
    (await readJson(join(directory, 'config.json')))?.currentContext;
  if (typeof name !== 'string' || name === '' || name === 'default') {
    return undefined;
  }
  const folder = createHash('sha256').update(name).digest('hex');
  const file = join(directory, 'contexts', 'meta', folder, 'meta.json');
  const endpoints = objectAt(await readJson(file), 'Endpoints');
  const url = objectAt(endpoints, 'docker')?.Host;
  if (typeof url !== 'string') return undefined;
  return { url, foundBy: `docker context "${name}"` };
}

async function engineOfSocket(
  search: EngineSearch,
): Promise<EngineLocation | undefined> {
  const runtime = search.environment.XDG_RUNTIME_DIR;
  const sockets = [
    DEFAULT_SOCKET,
    join(search.homeDirectory, '.docker', 'run', 'docker.sock'),
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
    '/run/podman/podman.sock',
    ...(runtime ? [join(runtime, 'podman', 'podman.sock')] : []),
  ];
  for (const path of sockets) {
    const found = await stat(path).catch(() => undefined); // absent or not ours to see: the next one
    if (found?.isSocket()) {
      return { url: `unix://${path}`, foundBy: 'the usual sockets' };
    }
  }
  return undefined;
}

async function readJson(file: string): Promise<JsonObject | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined; // no docker command was ever used here
  }
  const content: JsonValue = JSON.parse(text);
  return asObject(content);
}

function asObject(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? value
    : undefined;
}

function objectAt(
  value: JsonObject | undefined,
  key: string,
): JsonObject | undefined {
  return asObject(value?.[key]);
}
