import type { BuildRequest } from '@slipway/backstage-plugin-workspaces-node';
import { formatReference, OciRegistry } from '../registry';
import { cacheRepository } from './imageNames';
import type { Strategy } from './strategies';

/** Where the layers of an app are kept, and whether they may be used: BuildKit takes it ill when there are none yet. */
export async function cacheOf(
  registry: OciRegistry,
  { repository, noCache }: BuildRequest,
  { cacheTag: tag }: Strategy,
  signal: AbortSignal,
): Promise<{ cache: string; reuse: boolean }> {
  const place = {
    registry: registry.address,
    repository: cacheRepository(repository),
    tag,
  };
  const isThere =
    tag === undefined || (await registry.digest(place, signal)) !== undefined;
  return { cache: formatReference(place), reuse: !noCache && isThere };
}
