import {
  BuildRequest,
  EngineError,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  Dockerfile,
  evidenceOf,
  failure,
  readFromBundle,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { textOf } from '../failures';
import { OciRegistry, pushBundle } from '../registry';

/** Brings the bundle to the registry. Returns its reference by digest. */
export async function bringBundle(
  registry: OciRegistry,
  request: BuildRequest,
  signal: AbortSignal,
): Promise<string> {
  const { repository, bundleDigest } = request;
  const digest = `sha256:${bundleDigest}`;
  const bundle = { open: () => request.bundle(), digest };
  try {
    return await pushBundle(registry, repository, bundle, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof EngineError ? error : bundleFailure(error);
  }
}

/** The Dockerfile of a bundle; nothing where the bundle has no such file. */
export async function readDockerfile(
  request: BuildRequest,
  signal: AbortSignal,
): Promise<Dockerfile | undefined> {
  try {
    const text = await readFromBundle(request.bundle(), request.dockerfile);
    return text === undefined ? undefined : new Dockerfile(text);
  } catch (error) {
    signal.throwIfAborted();
    throw bundleFailure(error);
  }
}

function bundleFailure(error: unknown): EngineError {
  const text = textOf(error);
  return failure(
    `The bundle could not be read: ${text}`,
    [evidenceOf('error', 'bundle', text)],
    error,
  );
}
