import type Docker from 'dockerode';
import type { JsonObject } from '@backstage/types';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { engineFailure, isNotFound } from './failures';

const DEFAULT_REGISTRY = 'docker.io';

interface PullProgress {
  id?: string;
  status?: string;
  error?: string;
}

/**
 * An image name as people write it and as Docker keeps it: without the default registry,
 * with a tag where it has neither tag nor digest.
 */
export function familiarImageName(image: string): string {
  const name = image
    .replace(/^(index\.)?docker\.io\//, '')
    .replace(/^library\/(?=[^/]+$)/, '');
  const lastPart = name.slice(name.lastIndexOf('/') + 1);
  return lastPart.includes(':') || lastPart.includes('@') || isImageId(name)
    ? name
    : `${name}:latest`;
}

function isImageId(image: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(image);
}

function registryOf(image: string): string {
  const [first, ...rest] = familiarImageName(image).split('/');
  return rest.length > 0 && /[.:]|^localhost$/.test(first)
    ? first
    : DEFAULT_REGISTRY;
}

function splitTag(image: string): { repo: string; tag: string } {
  const separator = image.lastIndexOf(':');
  return { repo: image.slice(0, separator), tag: image.slice(separator + 1) };
}

/**
 * Brings images to the engine. The map says where an image really comes from, for machines
 * that do not reach the registry of its name; what was brought from there is tagged with the usual name.
 */
export class Images {
  readonly #docker: Docker;
  readonly #sources: Map<string, string>;

  constructor(docker: Docker, map: Record<string, string>) {
    this.#docker = docker;
    this.#sources = new Map(
      Object.entries(map).map(([image, source]) => [
        familiarImageName(image),
        source,
      ]),
    );
  }

  /**
   * Ends when the engine has the image under its usual name. An image that is there is never asked for again.
   *
   * @param onProgress - Called with a line for each step of the pull.
   */
  async ensure(
    image: string,
    signal: AbortSignal,
    onProgress?: (line: string) => void,
  ): Promise<void> {
    signal.throwIfAborted();
    const name = familiarImageName(image);
    if (await this.#has(name)) return;
    if (isImageId(name)) {
      throw failure(`The image ${image} is not on this engine`, [
        evidenceOf('error', 'container engine', `No such image: ${image}`, {
          facts: { image },
        }),
      ]);
    }
    const source = this.#sources.get(name);
    if (source === undefined) {
      await this.#pull(name, { image }, signal, onProgress);
      return;
    }
    if (!(await this.#has(familiarImageName(source)))) {
      await this.#pull(
        familiarImageName(source),
        { image, source },
        signal,
        onProgress,
      );
    }
    await this.#tag(familiarImageName(source), name);
  }

  async #has(image: string): Promise<boolean> {
    try {
      await this.#docker.getImage(image).inspect();
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw engineFailure(`Could not look for the image ${image}`, error, {
        image,
      });
    }
  }

  async #tag(source: string, image: string): Promise<void> {
    try {
      await this.#docker.getImage(source).tag(splitTag(image));
    } catch (error) {
      throw engineFailure(
        `Could not name the image ${source} ${image}`,
        error,
        { image, source },
      );
    }
  }

  async #pull(
    name: string,
    named: JsonObject,
    signal: AbortSignal,
    onProgress?: (line: string) => void,
  ): Promise<void> {
    const facts = { ...named, registry: registryOf(name) };
    onProgress?.(`Pulling ${name}`);
    try {
      const stream = await this.#docker.pull(name, { abortSignal: signal });
      await new Promise<void>((resolve, reject) => {
        const told = new Set<string>();
        this.#docker.modem.followProgress(
          stream,
          error => (error ? reject(error) : resolve()),
          (progress: PullProgress) => {
            const line = [progress.id, progress.status]
              .filter(Boolean)
              .join(': ');
            if (line === '' || told.has(line)) return; // the engine repeats a line for each kilobyte
            told.add(line);
            onProgress?.(line);
          },
        );
      });
    } catch (error) {
      signal.throwIfAborted();
      throw engineFailure(`Could not pull the image ${name}`, error, facts);
    }
  }
}
