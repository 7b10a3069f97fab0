import {
  finalRunStates,
  type App,
  type Diagnosis,
  type Run,
  type Workspace,
} from '@slipway/backstage-plugin-workspaces-common';

/** What lies in the source of the app: to run the same source again fails again. */
const ofSource: ReadonlySet<string> = new Set([
  'APP_BINDS_LOOPBACK',
  'APP_NOT_LISTENING',
  'ARCH_MISMATCH',
  'BUILD_NETWORK',
  'BUILD_STEP_FAILED',
  'COMMAND_NOT_FOUND',
  'CRASH_LOOP',
  'DB_LOGIN',
  'HEALTH_CHECK_FAILED',
  'MIGRATION_FAILED',
  'PORT_IN_USE',
  'PROBE_WRONG_PORT',
  'SOURCE_DOWNLOAD',
  'SOURCE_REJECTED',
]);

/** What the settings of the app may mend. */
const ofSettings: ReadonlySet<string> = new Set([
  'APP_BINDS_LOOPBACK',
  'APP_NOT_LISTENING',
  'COMMAND_NOT_FOUND',
  'CRASH_LOOP',
  'DB_LOGIN',
  'DB_UNREACHABLE',
  'ENVIRONMENT_MISSING',
  'HEALTH_CHECK_FAILED',
  'MIGRATION_FAILED',
  'PORT_IN_USE',
  'PROBE_WRONG_PORT',
]);

/** Who deploys an app mends what is wrong with it: the app, and what of it is to be changed. */
export interface Remedies {
  app: App;
  source: boolean;
  settings: boolean;
}

/**
 * What of an app may be changed so that a run like this one succeeds.
 *
 * @param stage - The stage that the diagnosis is about.
 */
export function remediesOf(
  run: Run,
  workspace: Workspace,
  diagnosis: Diagnosis | undefined,
  stage?: { app?: string },
): Remedies | undefined {
  if (!diagnosis || run.kind === 'delete' || workspace.deletedAt)
    return undefined;
  if (!finalRunStates.includes(run.state) || diagnosis.fixedBy !== 'user')
    return undefined;
  const name = stage?.app ?? (run.apps.length === 1 ? run.apps[0] : undefined);
  const app = workspace.apps.find(each => each.name === name);
  const { code } = diagnosis;
  const source =
    run.kind === 'deploy' &&
    (ofSource.has(code) || code.startsWith('DOCKERFILE_'));
  const settings = ofSettings.has(code);
  return app && (source || settings) ? { app, source, settings } : undefined;
}
