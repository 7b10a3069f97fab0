import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type { BuildRequest } from '@slipway/backstage-plugin-workspaces-node';
import { buildSpecification } from '@slipway/backstage-plugin-workspaces-node/engines';
import { familiarImageName } from './imageNames';

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
    [labels.specification]: buildSpecification(request),
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
