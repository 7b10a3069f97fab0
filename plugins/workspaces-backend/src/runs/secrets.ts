import type { AppSpec } from '@slipway/backstage-plugin-workspaces-common';
import { secretsOfSpec } from '../secrets/secretUse';
import { problemOf } from '../store/problem';
import type { RunScope } from './RunScope';

/**
 * Opens every secret that the run may meet, only so that its values are redacted: work
 * that is adopted writes logs without asking for its secrets again.
 */
export async function learnSecrets(scope: RunScope): Promise<void> {
  const { lease, secrets, input, logger } = scope;
  const { apps, dependencies } = await lease.retried(scope.rows);
  const specs: AppSpec[] = [
    ...apps.map(app => JSON.parse(app.spec)),
    ...Object.values(input.specs ?? {}),
  ];
  const ids = new Set([
    ...dependencies.map(row => row.password_secret),
    ...specs.flatMap(secretsOfSpec),
  ]);
  for (const id of ids) {
    try {
      await lease.retried(() => secrets.resolve({ id }));
    } catch (error) {
      lease.signal.throwIfAborted();
      logger.warn(`Secret ${id} cannot be opened: ${problemOf(error)}`); // the stage that needs it fails
    }
  }
}
