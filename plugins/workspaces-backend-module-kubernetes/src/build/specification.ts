import { createHash } from 'node:crypto';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type { BuildRequest } from '@slipway/backstage-plugin-workspaces-node';
import { familiarImageName } from './imageNames';

/** Digest of all that an image is made from, beside its base images. */
export function specificationOf(request: BuildRequest): string {
  const { bundleDigest, dockerfile, target, platform } = request;
  const values = request.arguments.map(({ name, value }) => [name, value]);
  const secrets = request.secrets.map(({ name, version }) => [name, version]);
  const specification = [
    bundleDigest,
    dockerfile,
    target ?? null,
    values,
    platform ?? null,
    secrets,
  ];
  return createHash('sha256')
    .update(JSON.stringify(specification))
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
