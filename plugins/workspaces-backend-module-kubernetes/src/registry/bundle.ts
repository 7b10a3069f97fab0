import type { Readable } from 'node:stream';
import { digestProblem, formatReference } from './reference';
import { mediaTypes } from './media';
import type { OciRegistry } from './OciRegistry';

/**
 * Brings the bundle of a build to the registry: an artifact of our own type whose only layer is the tar
 * itself, in the form of an image, so that every builder can pull it as one. A bundle that is there is not
 * sent again.
 *
 * @returns Its reference by digest.
 */
export async function pushBundle(
  registry: OciRegistry,
  repository: string,
  bundle: { open(): Readable; digest: string },
  signal?: AbortSignal,
): Promise<string> {
  const problem = digestProblem(bundle.digest);
  if (problem) throw new Error(problem);
  const target = {
    registry: registry.address,
    repository,
    tag: bundleTag(bundle.digest),
  };
  const known = await registry.digest(target, signal);
  if (known) {
    return formatReference({ ...target, tag: undefined, digest: known });
  }
  const layer = await registry.blobs.stream(
    repository,
    bundle.open,
    { digest: bundle.digest, mediaType: mediaTypes.layer },
    signal,
  );
  const config = await registry.blobs.put(
    repository,
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64', // nothing in it runs; builders ask for one
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: [bundle.digest] },
      }),
    ),
    mediaTypes.config,
    signal,
  );
  const digest = await registry.putManifest(
    repository,
    {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: mediaTypes.bundle,
      config,
      layers: [layer],
    },
    { tag: target.tag, signal },
  );
  return formatReference({ ...target, tag: undefined, digest });
}

/** The tag of a bundle: keeps a registry from collecting it as waste, and tells it from images. */
export function bundleTag(digest: string): string {
  return `bundle-${digest.slice('sha256:'.length, 'sha256:'.length + 32)}`;
}
