import type { LoggerService } from '@backstage/backend-plugin-api';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type {
  BuildEvent,
  BuildRequest,
  BuiltBy,
  WorkKey,
} from '@slipway/backstage-plugin-workspaces-node';
import { buildSpecification } from '@slipway/backstage-plugin-workspaces-node/engines';
import { workHash } from '../engine/names';
import { formatReference, OciRegistry } from '../registry';
import {
  builderOf,
  conditionOf,
  INPUTS,
  resultOf,
  TaskRun,
  taskRunName,
} from './taskRun';

/** The images that are there already, so that nothing has to be built. */
export class MadeImages {
  readonly #registry: OciRegistry;
  readonly #logger: LoggerService;

  constructor(options: { registry: OciRegistry; logger: LoggerService }) {
    this.#registry = options.registry;
    this.#logger = options.logger;
  }

  /** The image that this work has made, where nothing else is left of it. */
  async ofWork(
    request: BuildRequest,
    key: WorkKey,
    signal: AbortSignal,
  ): Promise<BuildEvent | undefined> {
    const { app, repository } = request;
    const image = this.#registry.reference(`${repository}:${workHash(key)}`);
    const made = await this.#registry.labels(image, signal);
    if (made?.labels[labels.specification] !== buildSpecification(request))
      return undefined;
    const name = taskRunName(app, key);
    this.#logger.info(`Adopting the image that ${name} has made`);
    const { digest } = made;
    return imageEvent(this.#registry, repository, digest);
  }

  /** What another build has made of the same inputs; nothing where it is gone, or to be made anew. */
  async ofInputs(
    { repository, noCache }: BuildRequest,
    inputs: string | undefined,
    ended: TaskRun[],
    signal: AbortSignal,
  ): Promise<{ text: string; image: BuildEvent } | undefined> {
    if (noCache || inputs === undefined) return undefined;
    for (const run of ended) {
      const digest = resultOf(run, 'IMAGE_DIGEST');
      const isSame = run.metadata.annotations?.[INPUTS] === inputs;
      if (!isSame || !digest || conditionOf(run)?.status !== 'True') continue;
      const { address } = this.#registry;
      const image = { registry: address, repository, digest };
      if (await this.#registry.digest(image, signal))
        return this.#again(run, repository, digest);
    }
    return undefined;
  }

  /** What is said of an image that is used again. */
  #again(run: TaskRun, repository: string, digest: string) {
    const { name } = run.metadata;
    const { title, warning } = builderOf(run).strategy;
    const why = `${name} was built by it, and nothing has changed since`;
    const text = `Nothing has changed since ${name} was built: source, arguments and base images are the same, and its image is used again. "noCache" builds it anew`;
    const builder = { name: title, why, warning };
    return {
      text,
      image: imageEvent(this.#registry, repository, digest, builder),
    };
  }
}

/** What a build ends with. */
export function imageEvent(
  { address: registry }: OciRegistry,
  repository: string,
  digest: string,
  builder?: BuiltBy,
): BuildEvent {
  const image = formatReference({ registry, repository, digest });
  return { type: 'image', image, digest, ...(builder && { builder }) };
}
