// Finds the container engine of this machine. What the user has set comes
// first, then what usually is there. Nothing is started here.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../terminal.mjs';
import { Docker, connection } from './docker.mjs';

const systemSocket = '/var/run/docker.sock';

/** The host of the current docker context, if one was chosen. */
export function contextHost(environment, readJson) {
  const folder =
    environment.DOCKER_CONFIG || join(environment.HOME ?? homedir(), '.docker');
  const name =
    environment.DOCKER_CONTEXT ||
    readJson(join(folder, 'config.json'))?.currentContext;
  if (!name || name === 'default') {
    return undefined;
  }
  const id = createHash('sha256').update(name).digest('hex');
  const meta = readJson(join(folder, 'contexts', 'meta', id, 'meta.json'));
  return meta?.Endpoints?.docker?.Host;
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Asks what answers at a host; throws what hinders. */
async function look(host) {
  const docker = new Docker(host);
  const version = await docker.version();
  const isPodman = (version.Components ?? []).some(component =>
    component.Name.startsWith('Podman'),
  );
  return { docker, version: version.Version, isPodman };
}

function requireLocal(host, source) {
  if (!connection(host)) {
    throw new Problem(
      `${source} names the engine ${host}, which is not on this machine. Apps are published on 127.0.0.1, so Slipway needs a local engine.`,
      {
        fix: 'Point it at a local socket (unix:///...), or unset it and let Slipway look for one.',
      },
    );
  }
}

/** An engine that the user named: it must be there, and be Docker. */
async function namedEngine(host, source) {
  requireLocal(host, source);
  let found;
  try {
    found = await look(host);
  } catch (error) {
    throw new Problem(
      `${source} names the engine ${host}, but it does not answer: ${error.message}`,
      {
        fix: 'Start that engine, or unset the setting and let Slipway look for another.',
        cause: error,
      },
    );
  }
  if (found.isPodman) {
    throw new Problem(
      `${source} names a Podman (${found.version}) at ${host}. This version of Slipway runs on Docker; Podman follows in a later one.`,
      { fix: 'Unset it, and Slipway finds or starts a Docker engine.' },
    );
  }
  return found;
}

async function systemEngine(notes) {
  if (!existsSync(systemSocket)) {
    return undefined;
  }
  try {
    const found = await look(`unix://${systemSocket}`);
    if (!found.isPodman) {
      return found;
    }
    notes.push(
      `${systemSocket} is a Podman (${found.version}); a later version of Slipway supports it.`,
    );
  } catch (error) {
    if (error.code === 'EACCES') {
      throw new Problem(`Docker runs here, but this user may not use it.`, {
        fix: `Run "sudo usermod -aG docker $USER", log in again, then run this again.`,
      });
    }
    // A socket file whose daemon is gone: as if it were not there.
    notes.push(
      `${systemSocket} does not answer (${error.code ?? error.message}).`,
    );
  }
  return undefined;
}

function podmanSockets(environment) {
  return [
    '/run/podman/podman.sock',
    environment.XDG_RUNTIME_DIR &&
      join(environment.XDG_RUNTIME_DIR, 'podman', 'podman.sock'),
  ].filter(path => path && existsSync(path));
}

/**
 * Looks for an engine that is not ours. `ownHost` is where the private one
 * would listen: a DOCKER_HOST with that value is no choice of another engine.
 * Returns `engine` (undefined if there is none) and `notes`, sentences about
 * what was found and passed over.
 */
export async function findEngine(ownHost, environment = process.env) {
  const notes = [];
  const { DOCKER_HOST } = environment;
  if (DOCKER_HOST && DOCKER_HOST !== ownHost) {
    return { engine: await namedEngine(DOCKER_HOST, 'DOCKER_HOST'), notes };
  }
  const context = contextHost(environment, readJson);
  if (context) {
    const engine = await namedEngine(context, 'The docker context');
    return { engine, notes };
  }
  const engine = await systemEngine(notes);
  if (!engine) {
    podmanSockets(environment).forEach(path =>
      notes.push(
        `Podman found at ${path}: a later version of Slipway supports it.`,
      ),
    );
  }
  return { engine, notes };
}
