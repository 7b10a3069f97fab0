import type { LoggerService } from '@backstage/backend-plugin-api';
import type { WorkspaceEngine } from '@slipway/backstage-plugin-workspaces-node';
import type { Changes } from '../store/changes';
import { Wakeup } from '../store/Wakeup';
import { CHUNK_SIZE } from './chunks';
import { KnownLines } from './KnownLines';
import { appLogStream, type LogStore } from './LogStore';
import { LogWriter } from './LogWriter';
import { Redactor } from './redact';

/** What is kept of the log of one app; older lines are dropped. */
const LARGEST_APP_LOG = 100_000_000;
const TRIM_EVERY = 4 * 1024 * 1024;
/** Kept lines by which those that are read again are known. */
const KNOWN_LINES = 5_000;
const SHORTEST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;

export interface AppLogFollowerOptions {
  workspace: { id: string; name: string };
  app: string;
  engine: WorkspaceEngine;
  store: LogStore;
  changes: Changes;
  logger: LoggerService;
  /** Every secret value that apps of the workspace know. */
  secretValues: (workspaceId: string) => Promise<string[]>;
}

/** Keeps what one app writes, from where it was kept last. */
export class AppLogFollower {
  readonly #options: AppLogFollowerOptions;
  readonly #stream: string;
  readonly #redactor = new Redactor();
  /** Replicas whose secret values the redactor knows. */
  readonly #replicas = new Set<string>();
  #written = 0;

  constructor(options: AppLogFollowerOptions) {
    this.#options = options;
    this.#stream = appLogStream(options.workspace.id, options.app);
  }

  /** Ends when the signal aborts, and not before. */
  async run(signal: AbortSignal): Promise<void> {
    const { changes, workspace, logger, app } = this.#options;
    const wakeup = new Wakeup(changes, [`workspace:${workspace.id}`]);
    let pause = SHORTEST_PAUSE;
    while (!signal.aborted) {
      try {
        const lines = await this.#follow(signal);
        pause = lines > 0 ? SHORTEST_PAUSE : Math.min(pause * 2, LONGEST_PAUSE);
      } catch (error) {
        if (signal.aborted) break;
        logger.warn(
          `Log of app "${app}" of workspace "${workspace.name}": ${error}`,
        );
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
      await wakeup.wait(pause, signal);
    }
    wakeup.close();
  }

  /** Follows until the engine's stream ends; answers how many lines came that were new. */
  async #follow(signal: AbortSignal): Promise<number> {
    const { engine, workspace, app, store, logger } = this.#options;
    const known = await this.#known();
    const writer = new LogWriter({
      store,
      stream: this.#stream,
      workspaceId: workspace.id,
      redactor: this.#redactor,
      largest: { lines: Infinity, bytes: Infinity },
    });
    let count = 0;
    try {
      const lines = engine.logs(
        { workspace: workspace.name, app, since: known.since, follow: true },
        { signal, logger },
      );
      for await (const line of lines) {
        await this.#learnSecrets(line.replica);
        if (known.has(line, this.#redactor)) continue;
        count++;
        writer.write(line.text, line.at);
        await writer.ready();
        await this.#trim(line.text.length);
      }
    } finally {
      await writer.close();
    }
    return count;
  }

  /** A replica that was not seen before may have been given values that were not known before. */
  async #learnSecrets(replica: string): Promise<void> {
    if (this.#replicas.has(replica)) return;
    const { secretValues, workspace } = this.#options;
    for (const value of await secretValues(workspace.id))
      this.#redactor.add(value);
    this.#replicas.add(replica);
  }

  async #known(): Promise<KnownLines> {
    const known = new KnownLines();
    for await (const line of this.#options.store.tail(
      this.#stream,
      KNOWN_LINES,
    ))
      known.add(Date.parse(line.at), line.text);
    return known;
  }

  async #trim(written: number): Promise<void> {
    this.#written += written;
    if (this.#written < TRIM_EVERY) return;
    this.#written = 0;
    await this.#options.store.trim(
      this.#stream,
      Math.ceil(LARGEST_APP_LOG / CHUNK_SIZE),
    );
  }
}
