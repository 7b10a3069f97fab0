import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type { BuildRequest } from '@slipway/backstage-plugin-workspaces-node';
import { familiarImageName } from '../images';
import type { BuildParameters } from './connection';
import type { Dockerfile } from '@slipway/backstage-plugin-workspaces-node/engines';

function valuesOf(request: BuildRequest): Map<string, string> {
  return new Map(request.arguments.map(({ name, value }) => [name, value]));
}

/** The images that a build needs, without those that belong to other targets only. */
export function imagesOf(
  request: BuildRequest,
  dockerfile: Dockerfile | undefined,
): Iterable<string> {
  if (!dockerfile) return request.baseImages;
  const { needed, unneeded } = dockerfile.images(
    request.target,
    valuesOf(request),
  );
  const left = new Set(unneeded.map(familiarImageName));
  const named = request.baseImages.filter(
    image => !left.has(familiarImageName(image)),
  );
  const all = [
    ...(dockerfile.syntax ? [dockerfile.syntax] : []),
    ...named,
    ...needed,
  ];
  return new Map(all.map(image => [familiarImageName(image), image])).values();
}

/** The names of an image: what it is made from, and the work that made it, by which it is adopted. */
export function tagsOf(
  { repository, bundleDigest }: BuildRequest,
  work: string,
  specification: string,
): { content: string; work: string } {
  const bundle = bundleDigest.slice(0, 12);
  return {
    content: `${repository}:${bundle}-${specification.slice(0, 8)}`,
    work: `${repository}:${work}`,
  };
}

/** The labels tell nothing of the run, so that the same source gives the same image, whichever run builds it. */
export function parametersOf(
  request: BuildRequest,
  work: string,
  specification: string,
  instance: string,
): BuildParameters {
  const { workspace, app, dockerfile, target, platform } = request;
  return {
    t: Object.values(tagsOf(request, work, specification)),
    dockerfile,
    buildargs: Object.fromEntries(valuesOf(request)),
    labels: {
      [labels.instance]: instance,
      [labels.workspace]: workspace,
      [labels.app]: app,
      [labels.specification]: specification,
    },
    ...(target === undefined ? {} : { target }),
    ...(platform === undefined ? {} : { platform }),
    nocache: request.noCache,
  };
}
