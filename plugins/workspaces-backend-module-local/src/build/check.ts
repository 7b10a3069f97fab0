import type Docker from 'dockerode';
import type { Check } from '@slipway/backstage-plugin-workspaces-common';
import { dialectOf } from '../dialect';
import { engineText } from '../failures';

/** The first version of the Docker API that builds with BuildKit as a matter of course (Docker 18.09). */
const FIRST_MINOR_WITH_BUILDKIT = 39;

function hasBuildKit(apiVersion: string): boolean {
  const [major, minor] = apiVersion.split('.').map(Number);
  return major > 1 || (major === 1 && minor >= FIRST_MINOR_WITH_BUILDKIT);
}

/** Whether the engine builds images as this builder needs it. Never throws. */
export async function builderCheck(docker: Docker): Promise<Check> {
  const check = {
    id: 'local-builder',
    title: 'Image builds',
    at: new Date().toISOString(),
  };
  try {
    const version = await docker.version();
    const { product, unsupported } = dialectOf(version);
    const engine = `${product} ${version.Version} (API ${version.ApiVersion})`;
    if (!unsupported && hasBuildKit(version.ApiVersion)) {
      return { ...check, state: 'passed', message: `BuildKit of ${engine}` };
    }
    return {
      ...check,
      state: 'failed',
      message: `${engine} does not build with BuildKit.`,
      fix: 'Install Docker 20.10 or newer, and let DOCKER_HOST point to its socket.',
      fixedBy: 'operator',
    };
  } catch (error) {
    return { ...check, state: 'unknown', message: engineText(error) };
  }
}
