import { InputError } from '@backstage/errors';
import { readDurationFromConfig, type Config } from '@backstage/config';
import { durationToMilliseconds, type HumanDuration } from '@backstage/types';
import { resolve } from 'node:path';

const DEFAULT_DIRECTORY = '.slipway/storage';
const DEFAULT_RETENTION: HumanDuration = { days: 90 };
const DEFAULT_LOG_RETENTION: HumanDuration = { days: 30 };
const DEFAULT_RELEASES = 10;
/** What serves, and what can be gone back to. */
const FEWEST_RELEASES = 2;

/** What the configuration says about what the portal keeps. Times are in milliseconds. */
export interface KeepingSettings {
  /** Bundles, uploads and the generated key of secrets. */
  directory: string;
  /** How long tombstones of deleted workspaces stay, and the keys of idempotent requests. */
  retention: number;
  /** How long lines of logs stay. */
  logRetention: number;
  /** So many images of each app are kept, those that served last. */
  releases: number;
}

/** Reads `workspaces.storage`, `workspaces.retention`, `workspaces.logs` and `workspaces.releases`. */
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
    releases: readReleases(config),
  };
}

function readReleases(config: Config): number {
  const key = 'workspaces.releases.keep';
  const given = config.getOptionalNumber(key) ?? DEFAULT_RELEASES;
  if (Number.isInteger(given) && given >= FEWEST_RELEASES) return given;
  throw new InputError(
    `${key}: ${given} is no whole number from ${FEWEST_RELEASES} on`,
  );
}
