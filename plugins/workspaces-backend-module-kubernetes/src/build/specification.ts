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
 * The options of the Dockerfile frontend. An image of the Dockerfile that the map knows becomes a named context,
 * by which BuildKit takes it from where it really comes from. The labels tell nothing of the run, so that the
 * same source gives the same image, whichever run builds it.
 */
export function optionsOf(
  request: BuildRequest,
  images: ReadonlyMap<string, string>,
  instance: string,
): string[] {
  const { workspace, app, target, noCache } = request;
  const imageLabels = {
    [labels.instance]: instance,
    [labels.workspace]: workspace,
    [labels.app]: app,
    [labels.specification]: specificationOf(request),
  };
  return [
    // By this BuildKit's own reader of Dockerfiles is used, whatever "# syntax=" asks for: that would be a program
    // from anywhere, with all rights of the build, and an image that many a cluster does not reach.
    'cmdline=',
    `filename=${request.dockerfile}`,
    ...(target === undefined ? [] : [`target=${target}`]),
    ...(noCache ? ['no-cache='] : []),
    ...request.arguments.map(({ name, value }) => `build-arg:${name}=${value}`),
    ...Object.entries(imageLabels).map(
      ([name, value]) => `label:${name}=${value}`,
    ),
    ...request.baseImages.flatMap(image => {
      const name = familiarImageName(image);
      const source = images.get(name);
      // BuildKit looks a context up without the usual tag.
      const context = name.replace(/:latest$/, '');
      return source ? [`context:${context}=docker-image://${source}`] : [];
    }),
  ];
}

/** The image map, by names as BuildKit compares them. */
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
