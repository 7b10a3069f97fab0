import { readDurationFromConfig, type Config } from '@backstage/config';
import { durationToMilliseconds, type HumanDuration } from '@backstage/types';
import { resolve } from 'node:path';

const DEFAULT_DIRECTORY = '.slipway/storage';
const DEFAULT_RETENTION: HumanDuration = { days: 90 };
const DEFAULT_LOG_RETENTION: HumanDuration = { days: 30 };

/** What the configuration says about what the portal keeps. Times are in milliseconds. */
export interface KeepingSettings {
  /** Bundles, uploads and the generated key of secrets. */
  directory: string;
  /** How long tombstones of deleted workspaces stay, and the keys of idempotent requests. */
  retention: number;
  /** How long lines of logs stay. */
  logRetention: number;
}

/** Reads `workspaces.storage`, `workspaces.retention` and `workspaces.logs`. */
export function readKeepingSettings(config: Config): KeepingSettings {
  const duration = (key: string, otherwise: HumanDuration) =>
    durationToMilliseconds(
      config.has(key) ? readDurationFromConfig(config, { key }) : otherwise,
    );
  return {
    directory: resolve(
      config.getOptionalString('workspaces.storage.directory') ??
        DEFAULT_DIRECTORY,
    ),
    retention: duration('workspaces.retention', DEFAULT_RETENTION),
    logRetention: duration('workspaces.logs.retention', DEFAULT_LOG_RETENTION),
  };
}
