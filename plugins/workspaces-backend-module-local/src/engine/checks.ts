import { statfs } from 'node:fs/promises';
import type { Check } from '@slipway/backstage-plugin-workspaces-common';
import type { EngineConnection } from '../connection';
import { engineText } from '../failures';
import type { Images } from '../images';
import { HELPER_IMAGE } from './sockets';

/** Docker 20.10: the first with all that is used here. */
const MINIMUM_API = '1.41';
const GIBIBYTE = 1024 ** 3;
/** Free space below which a build of an ordinary image is likely to fail. */
const SCARCE_SPACE = 10 * GIBIBYTE;
const NO_SPACE = 2 * GIBIBYTE;

type Outcome = Pick<Check, 'state' | 'message' | 'fix' | 'fixedBy'>;

/** What must hold on this machine before a run can succeed. Never throws. */
export async function* checkEngine(
  connection: EngineConnection,
  images: Images,
  signal: AbortSignal,
): AsyncGenerator<Check> {
  const reached = reachable(connection);
  const isReached = await reached.then(({ state }) => state === 'passed');
  yield check('reachable', 'Container engine answers', () => reached);
  yield check('local', 'Container engine is on this machine', async () =>
    local(connection),
  );
  if (!isReached) return; // nothing below could be seen
  yield check('version', 'Container engine is supported', () =>
    version(connection),
  );
  yield check('space', 'Space for images and volumes', () => space(connection));
  yield check('helper-image', 'Helper image is there', () =>
    helperImage(images, signal),
  );
}

/** A check that could not be made is unknown. */
async function check(
  name: string,
  title: string,
  make: () => Promise<Outcome>,
): Promise<Check> {
  const id = `local-engine-${name}`;
  const at = new Date().toISOString();
  try {
    return { id, title, at, ...(await make()) };
  } catch (error) {
    return { id, title, at, state: 'unknown', message: engineText(error) };
  }
}

async function reachable(connection: EngineConnection): Promise<Outcome> {
  const { url, foundBy } = connection.location;
  try {
    await connection.docker.ping();
  } catch (error) {
    return {
      state: 'failed',
      message: `${engineText(error)} (${url}, by ${foundBy})`,
      fix: 'Start Docker, or say where it is with DOCKER_HOST or workspaces.local.dockerHost, and see that this user may use its socket',
      fixedBy: 'operator',
    };
  }
  return { state: 'passed', message: `${url} (by ${foundBy})` };
}

function local(connection: EngineConnection): Outcome {
  const { url, foundBy } = connection.location;
  if (connection.isLocal) return { state: 'passed', message: url };
  return {
    state: 'failed',
    message: `${url} (by ${foundBy}) is on another machine; apps would be published out of reach of this portal`,
    fix: 'Use a container engine on this machine: unix:///path/of/the/socket or tcp://127.0.0.1:port',
    fixedBy: 'operator',
  };
}

async function version(connection: EngineConnection): Promise<Outcome> {
  const dialect = await connection.dialect();
  const found = await connection.docker.version();
  const message = `${dialect.product} ${found.Version}, API ${found.ApiVersion}`;
  if (dialect.unsupported) {
    return {
      state: 'failed',
      message: `${message}: ${dialect.unsupported}`,
      fix: 'Install Docker and say where it is with DOCKER_HOST or workspaces.local.dockerHost',
      fixedBy: 'operator',
    };
  }
  if (isOlder(found.ApiVersion, MINIMUM_API)) {
    return {
      state: 'failed',
      message: `${message}; at least API ${MINIMUM_API} is needed`,
      fix: 'Update Docker to 20.10 or newer',
      fixedBy: 'operator',
    };
  }
  return { state: 'passed', message };
}

function isOlder(apiVersion: string, minimum: string): boolean {
  const [major, minor] = apiVersion.split('.').map(Number);
  const [minimumMajor, minimumMinor] = minimum.split('.').map(Number);
  return (
    major < minimumMajor || (major === minimumMajor && minor < minimumMinor)
  );
}

async function space(connection: EngineConnection): Promise<Outcome> {
  const { DockerRootDir: directory } = await connection.docker.info();
  const { bavail: blocks, bsize: blockSize } = await statfs(directory);
  const free = blocks * blockSize;
  const message = `${(free / GIBIBYTE).toFixed(1)} GiB free in ${directory}`;
  if (free >= SCARCE_SPACE) return { state: 'passed', message };
  return {
    state: free < NO_SPACE ? 'failed' : 'warning',
    message,
    fix: 'Free space there, for example with "docker system prune"',
    fixedBy: 'operator',
  };
}

async function helperImage(
  images: Images,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    await images.ensure(HELPER_IMAGE, signal);
  } catch (error) {
    return {
      state: 'warning',
      message: `${engineText(
        error,
      )}; without it a diagnosis cannot say on which ports an app listens`,
      fix: `Make the image ${HELPER_IMAGE} available: load it, or name where it comes from in workspaces.images`,
      fixedBy: 'operator',
    };
  }
  return { state: 'passed', message: HELPER_IMAGE };
}
