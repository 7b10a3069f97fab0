import { createHash } from 'node:crypto';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type { BuildRequest } from '@slipway/backstage-plugin-workspaces-node';
import { familiarImageName } from './imageNames';

/**
 * Digest of all that an image is asked to be made from. Not of what may change while it is built, of which it knows
 * nothing: its base images, and the values of its secrets.
 */
export function specificationOf(request: BuildRequest): string {
  const { bundleDigest, dockerfile, target, platform } = request;
  const values = request.arguments.map(({ name, value }) => [name, value]);
  const secrets = request.secrets.map(({ name }) => name);
  const specification = [
    bundleDigest,
    dockerfile,
    target ?? null,
    values,
    ...(platform === undefined ? [] : [{ platform }]),
    ...(secrets.length === 0 ? [] : [{ secrets }]),
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
