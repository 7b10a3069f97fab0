import type { LoggerService } from '@backstage/backend-plugin-api';
import type { EndpointHistory } from './endpoints/EndpointHistory';
import type { LogStore } from './logs/LogStore';
import type { SecretStore } from './secrets/SecretStore';
import type { KeepingSettings } from './settings';
import type { SourceService } from './sources/SourceService';
import type { IdempotencyStore } from './store/IdempotencyStore';
import type { ImageRetention } from './workspaces/ImageRetention';
import type { WorkspaceStore } from './store/WorkspaceStore';

interface CleanUpOptions {
  settings: KeepingSettings;
  workspaces: WorkspaceStore;
  images: Pick<ImageRetention, 'removeOld'>;
  logs: LogStore;
  endpointHistory: EndpointHistory;
  sources: SourceService;
  idempotency: IdempotencyStore;
  secrets: SecretStore;
  logger: LoggerService;
}

/** Removes what has been kept long enough. */
export class CleanUp {
  readonly #options: CleanUpOptions;

  constructor(options: CleanUpOptions) {
    this.#options = options;
  }

  /** Does all of it, also where a part fails; then it throws, naming the parts. */
  async run(): Promise<void> {
    const {
      settings,
      workspaces,
      images,
      logs,
      endpointHistory,
      sources,
      idempotency,
      secrets,
      logger,
    } = this.#options;
    const before = Date.now() - settings.retention;
    const parts: Record<string, () => Promise<number | void>> = {
      'tombstones removed': () => workspaces.removeTombstones(before),
      'keys of requests forgotten': () => idempotency.deleteOlderThan(before),
      'chunks of logs removed': () =>
        logs.deleteOlderThan(Date.now() - settings.logRetention),
      'minutes of health removed': () => endpointHistory.removeOld(),
      'unused sources removed': () => sources.removeUnused(),
      'images of old releases removed': () => images.removeOld(),
      'secrets encrypted with the first key': () => secrets.rotate(),
    };
    const failures: unknown[] = [];
    for (const [what, work] of Object.entries(parts)) {
      try {
        const count = await work();
        if (count) logger.info(`${count} ${what}`);
      } catch (error) {
        failures.push(new Error(`Not done: ${what}`, { cause: error }));
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, failures.map(String).join('; '));
  }
}
