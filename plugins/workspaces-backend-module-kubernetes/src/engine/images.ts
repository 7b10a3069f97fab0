import { imageRepository } from '@slipway/backstage-plugin-workspaces-common';
import {
  EngineError,
  type ImageRemoval,
} from '@slipway/backstage-plugin-workspaces-node';
import { cacheRepository, familiarImageName } from '../build/imageNames';
import { textOf } from '../failures';
import { OciRegistry, parseReference } from '../registry';
import type { ImageReader } from './users';

const NOT_IMPLEMENTED = 501;

/** As much of a manifest, a list of manifests or an image's configuration as is read here. */
interface Document {
  config?: { digest?: string; User?: string };
  manifests?: { digest: string; platform?: { os?: string } }[];
}

/**
 * Says where images really come from, by the names that people write.
 *
 * @param sources - By the names as people write them.
 */
export function imageSource(
  sources: Record<string, string>,
): (image: string) => string {
  const known = new Map(
    Object.entries(sources).map(([image, source]) => [
      familiarImageName(image),
      source,
    ]),
  );
  return image => known.get(familiarImageName(image)) ?? image;
}

/** The images of workspaces in their registry. */
export class WorkspaceImages implements ImageReader {
  readonly #registry: OciRegistry;

  constructor(registry: OciRegistry) {
    this.#registry = registry;
  }

  async user(image: string, signal: AbortSignal): Promise<string | undefined> {
    const reference = referenceTo(image, this.#registry.address);
    if (!reference) return undefined;
    const { repository } = reference;
    const read = async (what: typeof reference) => {
      const stored = await this.#registry.manifest(what, signal);
      return stored && parsed(stored.bytes);
    };
    let found = await read(reference);
    const [first] = (found?.manifests ?? []).filter(
      ({ platform }) => platform?.os !== 'unknown', // an attestation
    );
    if (first) {
      found = await read({
        ...reference,
        tag: undefined,
        digest: first.digest,
      });
    }
    const digest = found?.config?.digest;
    if (!digest) return undefined;
    const bytes = await this.#registry.blobs.read(repository, digest, signal);
    return parsed(bytes).config?.User ?? '';
  }

  /** Names of all that builds of an app have pushed: images, bundles and the cache of layers. */
  async of(
    workspace: string,
    app: string,
    signal: AbortSignal,
  ): Promise<string[]> {
    const images = imageRepository(workspace, app);
    const found = await Promise.all(
      [images, cacheRepository(images)].map(async repository => {
        const tags = await this.#registry.tags(repository, signal);
        return tags.map(
          tag => `${this.#registry.address}/${repository}:${tag}`,
        );
      }),
    );
    return found.flat();
  }

  /** The same where a registry may refuse it. An image of another registry, which was used before, is left alone. */
  async removeIfAllowed(
    image: string,
    signal: AbortSignal,
  ): Promise<ImageRemoval> {
    if (!referenceTo(image, this.#registry.address))
      return { outcome: 'absent' };
    try {
      return { outcome: await this.remove(image, signal) };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return { outcome: 'refused', reason: textOf(error) };
    }
  }

  async remove(
    image: string,
    signal: AbortSignal,
  ): Promise<'removed' | 'absent'> {
    const outcome = await this.#registry.delete(parseReference(image), signal);
    return outcome === 'deleted' ? 'removed' : 'absent';
  }
}

/** Whether a registry has answered that it does not do that: nothing was done then. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof EngineError)) return false;
  const statuses = error.evidence.map(({ facts }) => Number(facts?.status));
  return statuses.some(status => status < 500 || status === NOT_IMPLEMENTED);
}

/** Images of other registries are not read: nobody said how. */
function referenceTo(image: string, registry: string) {
  if (!image.startsWith(`${registry}/`)) return undefined;
  const reference = parseReference(image);
  return reference.digest ? { ...reference, tag: undefined } : reference;
}

function parsed(bytes: Buffer): Document {
  return JSON.parse(bytes.toString('utf8')) as Document;
}
