import {
  workName,
  type BuildRequest,
  type DesiredWorkspace,
  type EngineContext,
  type EngineJob,
  type ImageBuilder,
  type JobEvent,
  type WorkKey,
  type WorkspaceEngine,
  type WorkspacePart,
} from '@slipway/backstage-plugin-workspaces-node';
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Stands for an engine that outlives its callers: what it makes are files in a folder that
 * several processes share, so that processes can be killed and paused and their effects
 * counted afterwards.
 *
 * It copies of real engines what workers build upon: an object has a name that follows from
 * the key of its work, making it twice is refused, and what is there already is adopted.
 * Every call is written down before it takes effect.
 */
export class FileEngine {
  readonly #directory: string;
  readonly #worker: string;

  constructor(directory: string, worker: string) {
    this.#directory = directory;
    this.#worker = worker;
  }

  readonly engine = {
    id: 'files',
    abilities: { gateway: false },
    apply: (
      _desired: DesiredWorkspace,
      part: WorkspacePart,
      context: EngineContext,
    ) => this.#apply(part, context),
    runJob: (job: EngineJob, context: EngineContext) => this.#job(job, context),
    cancel: async (_key: WorkKey) => {},
  } as unknown as WorkspaceEngine;

  readonly builder = {
    build: (_request: BuildRequest, context: EngineContext) =>
      this.#build(context),
    cancel: async (_key: WorkKey) => {},
  } as unknown as ImageBuilder;

  async *#apply(part: WorkspacePart, context: EngineContext) {
    if (part.kind !== 'all') await this.#make(context);
    yield { message: 'it is so' };
  }

  async *#job(
    _job: EngineJob,
    context: EngineContext,
  ): AsyncGenerator<JobEvent> {
    await this.#make(context);
    yield { type: 'exit', exitCode: 0, outOfMemory: false };
  }

  async *#build(context: EngineContext) {
    await this.#make(context);
    const image = `image-${workName(context.key)}`;
    yield { type: 'image', image, digest: `sha256:${image}` };
  }

  async #make(context: EngineContext): Promise<void> {
    const name = workName(context.key);
    appendFileSync(this.#file('calls'), `${this.#worker} ${name}\n`);
    try {
      writeFileSync(this.#file(`object-${name}`), this.#worker, { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      appendFileSync(this.#file('adopted'), `${this.#worker} ${name}\n`);
    }
    const takes = 100 + Math.random() * 150;
    await sleep(takes, undefined, { signal: context.signal });
  }

  #file(name: string): string {
    return path.join(this.#directory, name);
  }
}
