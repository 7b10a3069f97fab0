import { createHash } from 'node:crypto';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type { BuildRequest } from '@slipway/backstage-plugin-workspaces-node';
import { familiarImageName } from './imageNames';

/** Digest of all that an image is made from, beside its base images. */
export function specificationOf(request: BuildRequest): string {
  const { bundleDigest, dockerfile, target, arguments: values } = request;
  const named = values.map(({ name, value }) => [name, value]);
  return createHash('sha256')
    .update(JSON.stringify([bundleDigest, dockerfile, target ?? null, named]))
    .digest('hex');
}

/**
 * The labels of an image. They tell nothing of the run, so that the same source gives the same image, whichever run
 * builds it.
 */
export function imageLabels(
  request: BuildRequest,
  instance: string,
): Record<string, string> {
  return {
    [labels.instance]: instance,
    [labels.workspace]: request.workspace,
    [labels.app]: request.app,
    [labels.specification]: specificationOf(request),
  };
}

/** The image map, by names as builders compare them. */
export function imageMap(
  images: Record<string, string>,
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(images).map(([image, source]) => [
      familiarImageName(image),
      source,
    ]),
  );
}
