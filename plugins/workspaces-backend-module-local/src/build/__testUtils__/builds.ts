import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import Docker from 'dockerode';
import { pack } from 'tar-stream';
import { mockServices } from '@backstage/backend-test-utils';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import {
  BuildEvent,
  BuildRequest,
  EngineContext,
  EngineError,
  WorkKey,
} from '@slipway/backstage-plugin-workspaces-node';
import { Images } from '../../images';
import { LocalBuilder } from '../LocalBuilder';

export type Files = Record<string, string>;

/** A tar of these files; the same files give the same bytes. */
export async function tarOf(files: Files): Promise<Buffer> {
  const entries = pack();
  for (const [name, text] of Object.entries(files))
    entries.entry({ name, mtime: new Date(0) }, text);
  entries.finalize();
  return buffer(Readable.from(entries));
}

export async function requestOf(
  files: Files,
  options: Partial<BuildRequest> = {},
): Promise<BuildRequest> {
  const tar = await tarOf(files);
  return {
    workspace: 'ws-builds',
    app: 'web',
    repository: 'slipway/ws-builds/web',
    bundle: () => Readable.from([tar]),
    bundleDigest: createHash('sha256').update(tar).digest('hex'),
    dockerfile: 'Dockerfile',
    baseImages: [],
    arguments: [],
    secrets: [],
    noCache: false,
    ...options,
  };
}

/** A builder on the engine of this machine, whose images go when the tests have ended. */
export class BuilderUnderTest {
  /** So that what one run of the tests has built is not in the cache of the next. */
  readonly mark = `mark-${Date.now()}-${process.pid}`;
  readonly docker: Docker;
  readonly builder: LocalBuilder;
  /** Values by id. */
  readonly secrets = new Map<string, string>();
  readonly #instance = `builder-test-${this.mark}`;
  #keys = 0;

  constructor({
    docker = new Docker(),
    caBundle,
  }: { docker?: Docker; caBundle?: string } = {}) {
    this.docker = docker;
    this.builder = new LocalBuilder({
      docker,
      images: new Images(docker, {}),
      instance: this.#instance,
      caBundle,
      logger: mockServices.logger.mock(),
    });
  }

  newKey(): WorkKey {
    this.#keys += 1;
    return {
      workspace: 'ws-builds',
      run: this.mark,
      stage: 'build',
      app: 'web',
      attempt: this.#keys,
    };
  }

  context(options: Partial<EngineContext> = {}): EngineContext {
    return {
      signal: new AbortController().signal,
      logger: mockServices.logger.mock(),
      key: this.newKey(),
      secrets: {
        resolve: async ({ id }) => {
          const value = this.secrets.get(id);
          if (value === undefined) throw new Error(`There is no secret ${id}`);
          return value;
        },
        version: () => Promise.reject(new Error('its request has it')),
      },
      ...options,
    };
  }

  async build(
    files: Files,
    options: Partial<BuildRequest> = {},
    context = this.context(),
  ): Promise<BuildEvent[]> {
    const events: BuildEvent[] = [];
    for await (const event of this.builder.build(
      await requestOf(files, options),
      context,
    ))
      events.push(event);
    return events;
  }

  /** The failure of a build that must fail. */
  async failureOf(
    files: Files,
    options: Partial<BuildRequest> = {},
  ): Promise<EngineError> {
    const error = await this.build(files, options).then(
      () => new Error('the build succeeded'),
      thrown => thrown,
    );
    if (error instanceof EngineError) return error;
    throw error;
  }

  async removeImages(): Promise<void> {
    const mine = JSON.stringify({
      label: [`${labels.instance}=${this.#instance}`],
    });
    for (const { Id: id } of await this.docker.listImages({ filters: mine })) {
      await this.docker.getImage(id).remove({ force: true });
    }
  }
}

export function imageOf(events: BuildEvent[]): string {
  const last = events.at(-1);
  if (last?.type !== 'image')
    throw new Error(`the last event is ${JSON.stringify(last)}`);
  return last.image;
}

export function logOf(events: BuildEvent[]): string[] {
  return events.flatMap(event => (event.type === 'log' ? [event.text] : []));
}

/** The steps in the order of their first event, each with the states it went through. */
export function stepsOf(events: BuildEvent[]): Record<string, string[]> {
  const steps: Record<string, string[]> = {};
  for (const event of events)
    if (event.type === 'step')
      (steps[event.step.name] ??= []).push(event.step.state);
  return steps;
}
