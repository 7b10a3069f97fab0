import {
  EngineContext,
  EngineJob,
  JobEvent,
  WorkKey,
  workName,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
  pause,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { engineText } from '../failures';
import type { Images } from '../images';
import type { Containers } from './containers';
import { RawLogLine, followLogLines } from './logStream';
import type { Networks } from './networks';
import type { Renderer } from './rendering';

/** In milliseconds: the output ends a moment before the container does. */
const LOOK_AGAIN = 50;

/**
 * Runs jobs to their end. The container of a job stays until its workspace is made so by a later
 * run, so that whoever asks again with the same key reads the same log and the same end.
 */
export class Jobs {
  readonly #containers: Containers;
  readonly #networks: Networks;
  readonly #images: Images;
  readonly #renderer: Renderer;

  constructor(options: {
    containers: Containers;
    networks: Networks;
    images: Images;
    renderer: Renderer;
  }) {
    this.#containers = options.containers;
    this.#networks = options.networks;
    this.#images = options.images;
    this.#renderer = options.renderer;
  }

  async *run(job: EngineJob, context: EngineContext): AsyncGenerator<JobEvent> {
    const { signal } = context;
    const specification = await this.#renderer.job(job, context);
    const name = this.#containers.identities.container(specification.identity);
    const existing = await this.#containers.inspect(name);
    if (!existing) {
      await this.#images.ensure(job.image, signal);
      await this.#containers.ensure(specification, signal);
    }
    // One that has ended is not started again: a migration runs once.
    if (!existing || existing.State.Status === 'created') {
      await this.#networks.joinAll(name, job.workspace);
      signal.throwIfAborted();
      await this.#containers.start(specification);
    }
    yield { type: 'started' };
    yield* this.#follow(name, signal);
  }

  async *#follow(name: string, signal: AbortSignal): AsyncGenerator<JobEvent> {
    const { docker } = this.#containers;
    const stop = new AbortController();
    const watching = AbortSignal.any([signal, stop.signal]);
    // Asked for at once, so that the end is known even if the container is removed.
    const ended = this.#end(name, watching);
    ended.catch(() => {}); // asked for only where the container has gone
    let since: string | undefined;
    const told = new Set<string>();
    try {
      for (;;) {
        const lines = followLogLines(docker, name, { since }, watching);
        for await (const line of untilLost(lines, signal)) {
          if (line.timestamp !== since) told.clear();
          if (told.has(line.text)) continue; // a repeat after a broken connection
          since = line.timestamp;
          told.add(line.text);
          yield { type: 'log', at: line.at, text: line.text };
        }
        const found = await this.#containers.inspect(name);
        if (!found) break;
        if (!found.State.Running) {
          yield {
            type: 'exit',
            exitCode: found.State.ExitCode,
            outOfMemory: found.State.OOMKilled,
          };
          return;
        }
        await pause(LOOK_AGAIN, signal);
      }
      yield { type: 'exit', exitCode: await ended, outOfMemory: false };
    } finally {
      stop.abort();
    }
  }

  async #end(name: string, signal: AbortSignal): Promise<number> {
    try {
      const container = this.#containers.docker.getContainer(name);
      const { StatusCode: code } = await container.wait({
        abortSignal: signal,
      });
      return code;
    } catch (error) {
      signal.throwIfAborted();
      throw failure(
        `The job ${name} has vanished`,
        [evidenceOf('state', name, engineText(error))],
        error,
      );
    }
  }
}

/** Stops and removes the job of that key. */
export async function cancelJob(
  containers: Containers,
  key: WorkKey,
): Promise<void> {
  const work = workName(key);
  for (const { name, identity } of await containers.list()) {
    if (identity.kind === 'job' && identity.work === work) {
      await containers.remove(name, new AbortController().signal, {
        graceSeconds: 0,
      });
    }
  }
}

/** The lines up to the end of the container or of the connection: which of the two, its state tells. */
async function* untilLost(
  lines: AsyncIterable<RawLogLine>,
  signal: AbortSignal,
): AsyncGenerator<RawLogLine> {
  try {
    yield* lines;
  } catch {
    signal.throwIfAborted();
  }
}
