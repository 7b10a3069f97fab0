import type Docker from 'dockerode';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  EngineLogLine,
  LogSelector,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  Bell,
  Channel,
  pause,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { engineText } from '../failures';
import type { Containers, OwnContainer } from './containers';
import { openEvents } from './events';
import { RawLogLine, followLogLines, readLogLines } from './logStream';

/** In milliseconds: how often the world is read again without an event. */
const FLOOR = 15_000;
const RECONNECT_PAUSE = 1_000;
/** Lines that wait for a slow reader before reading from the engine stops. */
const LINES_AHEAD = 1_000;

/** One reader for each container that there is or comes to be. */
class Followers {
  readonly #docker: Docker;
  readonly #channel: Channel<EngineLogLine>;
  readonly #selector: LogSelector;
  readonly #list: () => Promise<OwnContainer[]>;
  readonly #signal: AbortSignal;
  readonly #logger: LoggerService;
  /** By container id: rung when the container started again. */
  readonly #bells = new Map<string, Bell>();

  constructor(
    docker: Docker,
    channel: Channel<EngineLogLine>,
    options: {
      selector: LogSelector;
      list: () => Promise<OwnContainer[]>;
      signal: AbortSignal;
      logger: LoggerService;
    },
  ) {
    this.#docker = docker;
    this.#channel = channel;
    this.#selector = options.selector;
    this.#list = options.list;
    this.#signal = options.signal;
    this.#logger = options.logger;
  }

  /** Until aborted; an engine that is away is asked again. */
  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        const events = await openEvents(
          this.#docker,
          { filters: { type: ['container'], event: ['start'] } },
          this.#signal,
        );
        await this.#discover();
        for await (const { id } of events) {
          const bell = this.#bells.get(id);
          if (bell) bell.ring();
          else await this.#discover();
        }
      } catch (error) {
        // What is missed meanwhile is read once the next connection stands.
        if (!this.#signal.aborted) {
          this.#logger.debug(
            `Lost sight of ${this.#selector.app}: ${engineText(error)}`,
          );
        }
      }
      if (!this.#signal.aborted) await pause(RECONNECT_PAUSE, this.#signal);
    }
  }

  async #discover(): Promise<void> {
    for (const container of await this.#list()) {
      if (!this.#bells.has(container.id)) {
        const bell = new Bell();
        this.#bells.set(container.id, bell);
        this.#read(container, bell).finally(() =>
          this.#bells.delete(container.id),
        );
      }
    }
  }

  /** Until the container is gone. Its stream ends whenever it stops. */
  async #read(container: OwnContainer, bell: Bell): Promise<void> {
    let since = this.#selector.since?.toISOString();
    const told = new Set<string>();
    for (;;) {
      try {
        const range = since ? { since } : {};
        for await (const line of followLogLines(
          this.#docker,
          container.id,
          range,
          this.#signal,
        )) {
          if (line.timestamp !== since) told.clear();
          if (told.has(line.text)) continue;
          since = line.timestamp;
          told.add(line.text);
          const said = engineLine(container, line);
          if (isAfter(this.#selector, said)) await this.#channel.push(said);
        }
        await bell.wait(FLOOR, this.#signal);
      } catch {
        return; // aborted or gone; a connection that broke is found again by the next discovery
      }
    }
  }
}

/** Reads the output of apps, across replicas and restarts. */
export class LogReader {
  readonly #containers: Containers;

  constructor(containers: Containers) {
    this.#containers = containers;
  }

  read(
    selector: LogSelector,
    { signal, logger }: { signal: AbortSignal; logger: LoggerService },
  ): AsyncIterable<EngineLogLine> {
    return selector.follow
      ? this.#follow(selector, signal, logger)
      : this.#upToNow(selector, signal);
  }

  async *#upToNow(
    selector: LogSelector,
    signal: AbortSignal,
  ): AsyncGenerator<EngineLogLine> {
    const since = selector.since?.toISOString();
    const all: (RawLogLine & { container: OwnContainer })[] = [];
    for (const container of await this.#selected(selector)) {
      signal.throwIfAborted();
      const lines = await readLogLines(
        this.#containers.docker,
        container.id,
        since ? { since } : {},
      );
      lines.forEach(line => all.push({ ...line, container }));
    }
    all.sort(
      (a, b) =>
        a.at.getTime() - b.at.getTime() ||
        a.timestamp.localeCompare(b.timestamp),
    );
    for (const { container, ...line } of all) {
      const told = engineLine(container, line);
      if (isAfter(selector, told)) yield told;
    }
  }

  async *#follow(
    selector: LogSelector,
    signal: AbortSignal,
    logger: LoggerService,
  ): AsyncGenerator<EngineLogLine> {
    const stop = new AbortController();
    const channel = new Channel<EngineLogLine>({ limit: LINES_AHEAD });
    const followers = new Followers(this.#containers.docker, channel, {
      selector,
      list: () => this.#selected(selector),
      signal: AbortSignal.any([signal, stop.signal]),
      logger,
    });
    followers.run().then(
      () => channel.end(),
      error => channel.end(signal.aborted ? undefined : error),
    );
    try {
      yield* channel;
    } finally {
      stop.abort();
    }
  }

  async #selected(selector: LogSelector): Promise<OwnContainer[]> {
    const containers = await this.#containers.list(selector.workspace);
    return containers.filter(
      ({ identity }) =>
        identity.kind === 'app' &&
        identity.app === selector.app &&
        (selector.release === undefined ||
          identity.release === selector.release),
    );
  }
}

function engineLine(
  { name, identity }: OwnContainer,
  { at, text }: RawLogLine,
): EngineLogLine {
  const release = identity.kind === 'app' ? identity.release : 0;
  return { at, text, replica: name, release };
}

/** The engine also gives the lines of that very moment. */
function isAfter({ since }: LogSelector, line: EngineLogLine): boolean {
  return since === undefined || line.at > since;
}
