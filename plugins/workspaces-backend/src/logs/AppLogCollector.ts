import type { LoggerService } from '@backstage/backend-plugin-api';
import type { WorkspaceEngine } from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import { problemOf } from '../store/problem';
import type { Changes } from '../store/changes';
import { Lease, type HeldLease } from '../store/Lease';
import { Wakeup } from '../store/Wakeup';
import { AppLogFollower } from './AppLogFollower';
import type { LogStore } from './LogStore';

const LOOK_AGAIN = 15_000;

export interface AppLogCollectorOptions {
  knex: Knex;
  /** By id. */
  engines: ReadonlyMap<string, WorkspaceEngine>;
  store: LogStore;
  changes: Changes;
  logger: LoggerService;
  /** Every secret value that apps of the workspace know. */
  secretValues: (workspaceId: string) => Promise<string[]>;
  /** Milliseconds after which another replica takes over from one that says nothing. */
  leaseDuration?: number;
}

interface LiveApp {
  workspace_id: string;
  workspace_name: string;
  engine: string;
  app: string;
}

interface Followed {
  stop: AbortController;
  ended: Promise<void>;
}

/** Keeps what the apps of all live workspaces write, so that it is there when their containers are gone. One replica does it at a time. */
export class AppLogCollector {
  readonly #options: AppLogCollectorOptions;
  readonly #lease: Lease;

  constructor(options: AppLogCollectorOptions) {
    this.#options = options;
    this.#lease = new Lease({
      knex: options.knex,
      name: 'app-logs',
      logger: options.logger,
      duration: options.leaseDuration,
      work: held => this.#collect(held),
    });
  }

  start(): void {
    this.#lease.start();
  }

  /** Ends when what was read is kept. */
  async stop(): Promise<void> {
    await this.#lease.stop();
  }

  async #collect(held: HeldLease): Promise<void> {
    // A run may bring a new app.
    const wakeup = new Wakeup(this.#options.changes, ['runs', 'endpoints']);
    const followed = new Map<string, Followed>();
    try {
      while (!held.signal.aborted) {
        await this.#reconcile(followed, held.signal).catch(error =>
          this.#options.logger.warn(`Logs of apps: ${problemOf(error)}`),
        );
        await wakeup.wait(LOOK_AGAIN, held.signal);
      }
    } finally {
      wakeup.close();
      await Promise.all([...followed.values()].map(each => each.ended));
    }
  }

  async #reconcile(
    followed: Map<string, Followed>,
    signal: AbortSignal,
  ): Promise<void> {
    const live = new Map(
      (await this.#liveApps()).map(app => [
        `${app.workspace_id}/${app.app}`,
        app,
      ]),
    );
    for (const [key, { stop }] of followed) {
      if (live.has(key)) continue;
      stop.abort();
      followed.delete(key);
    }
    for (const [key, app] of live) {
      if (followed.has(key)) continue;
      const stop = new AbortController();
      const ended = this.#follower(app).run(
        AbortSignal.any([signal, stop.signal]),
      );
      followed.set(key, { stop, ended });
    }
  }

  async #liveApps(): Promise<LiveApp[]> {
    return this.#options
      .knex('apps')
      .join('workspaces', 'workspaces.id', 'apps.workspace_id')
      .whereNotNull('workspaces.live_name')
      .whereIn('workspaces.engine', [...this.#options.engines.keys()])
      .select(
        'apps.workspace_id',
        'workspaces.name as workspace_name',
        'workspaces.engine',
        'apps.name as app',
      );
  }

  #follower(app: LiveApp): AppLogFollower {
    const { engines, store, changes, logger, secretValues } = this.#options;
    return new AppLogFollower({
      workspace: { id: app.workspace_id, name: app.workspace_name },
      app: app.app,
      engine: engines.get(app.engine)!,
      store,
      changes,
      logger,
      secretValues,
    });
  }
}
