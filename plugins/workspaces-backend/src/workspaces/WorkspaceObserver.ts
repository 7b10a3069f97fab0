import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  Observation,
  WorkspaceEngine,
  WorkspaceObservation,
} from '@slipway/backstage-plugin-workspaces-node';
import { setTimeout as wait } from 'node:timers/promises';
import type { Changes } from '../store/changes';
import type { WorkspaceRow } from '../store/rows';
import type { WorkspaceStore } from '../store/WorkspaceStore';
import type { Engines } from './Engines';

const FIRST_DELAY = 1000;
const LONGEST_DELAY = 30_000;

/** What is known of a workspace. */
export interface WorkspaceView {
  /** When the engine last said what it sees, ISO 8601; absent if it never did. */
  observedAt?: string;
  /** Whether the engine sees anything of it; absent where that is not known now. */
  present?: boolean;
  /** What was said last. Where `current` is false it was true at `observedAt` and may be no more. */
  observation?: WorkspaceObservation;
  current: boolean;
  /** Why nothing is known now. */
  unreachable?: string;
}

/** What one engine has said. */
class EngineView {
  readonly #said = new Map<string, WorkspaceObservation>();
  readonly #current = new Set<string>();
  #completeAt: string | undefined;
  #unreachable: string | undefined;

  /** Takes in what was said; answers the names of the workspaces that it concerns. */
  take(observation: Observation): string[] {
    if (observation.type === 'workspace') {
      const { workspace } = observation.workspace;
      this.#said.set(workspace, observation.workspace);
      this.#current.add(workspace);
      this.#unreachable = undefined;
      return [workspace];
    }
    const before = [...this.#said.keys()];
    if (observation.type === 'unreachable') {
      this.#current.clear();
      this.#completeAt = undefined;
      this.#unreachable = observation.reason;
      return before;
    }
    this.#completeAt = observation.at;
    this.#unreachable = undefined;
    const gone = before.filter(name => !this.#current.has(name));
    gone.forEach(name => this.#said.delete(name));
    return gone;
  }

  view(workspace: string): WorkspaceView {
    const observation = this.#said.get(workspace);
    if (observation && this.#current.has(workspace)) {
      return {
        observation,
        // All that was said held when all were looked at.
        observedAt: [observation.at, this.#completeAt ?? ''].sort().at(-1),
        present: observation.present,
        current: true,
      };
    }
    if (observation) {
      return {
        observation,
        observedAt: observation.at,
        current: false,
        unreachable: this.#unreachable,
      };
    }
    if (this.#completeAt !== undefined)
      return { observedAt: this.#completeAt, present: false, current: true };
    return { current: false, unreachable: this.#unreachable };
  }
}

/**
 * Follows one stream per engine and keeps what it said last, so that a page costs the
 * engine nothing. What cannot be seen is unknown.
 */
export class WorkspaceObserver {
  readonly #engines: Engines;
  readonly #workspaces: WorkspaceStore;
  readonly #changes: Changes;
  readonly #logger: LoggerService;
  readonly #firstDelay: number;
  readonly #views = new Map<string, EngineView>();
  readonly #stopping = new AbortController();
  #following: Promise<void>[] = [];

  constructor(options: {
    engines: Engines;
    workspaces: WorkspaceStore;
    changes: Changes;
    logger: LoggerService;
    /** Before a stream that broke is opened again the first time, in milliseconds; 1000 if absent. */
    firstDelay?: number;
  }) {
    this.#engines = options.engines;
    this.#workspaces = options.workspaces;
    this.#changes = options.changes;
    this.#logger = options.logger;
    this.#firstDelay = options.firstDelay ?? FIRST_DELAY;
  }

  start(): void {
    this.#following = this.#engines
      .all()
      .map(({ engine }) => this.#follow(engine));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#following);
  }

  /** What is known of a workspace of that engine. */
  view(engineId: string, workspace: string): WorkspaceView {
    return this.#views.get(engineId)?.view(workspace) ?? { current: false };
  }

  /** The same, without what was seen before the workspace was there: it is of another one, or of none. */
  viewOf(
    workspace: Pick<WorkspaceRow, 'engine' | 'name' | 'created_at'>,
  ): WorkspaceView {
    const view = this.view(workspace.engine, workspace.name);
    const isOlder =
      view.observedAt !== undefined &&
      Date.parse(view.observedAt) < workspace.created_at;
    return isOlder ? { current: false, unreachable: view.unreachable } : view;
  }

  async #follow(engine: WorkspaceEngine): Promise<void> {
    const { signal } = this.#stopping;
    const logger = this.#logger.child({ engine: engine.id });
    const view = new EngineView();
    this.#views.set(engine.id, view);
    let delay = this.#firstDelay;
    while (!signal.aborted) {
      let reason = 'its stream of observations ended';
      try {
        for await (const observation of engine.observe({ signal, logger })) {
          if (observation.type !== 'unreachable') delay = this.#firstDelay;
          await this.#tell(view.take(observation));
        }
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
      if (signal.aborted) return;
      logger.warn(
        `The engine cannot be observed, trying again in ${delay} ms: ${reason}`,
      );
      await this.#tell(
        view.take({
          type: 'unreachable',
          since: new Date().toISOString(),
          reason,
        }),
      ).catch(error =>
        logger.warn(`Who waits for a workspace is not told at once: ${error}`),
      );
      await wait(delay * (0.5 + Math.random() / 2), undefined, {
        signal,
      }).catch(() => {});
      delay = Math.min(delay * 2, LONGEST_DELAY);
    }
  }

  async #tell(names: string[]): Promise<void> {
    for (const name of names) {
      const workspace = await this.#workspaces.findLive(name);
      if (workspace) this.#changes.emit(`workspace:${workspace.id}`);
    }
  }
}
