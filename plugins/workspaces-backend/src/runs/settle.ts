import { problemOf } from '../store/problem';
import type { NewRunEvent } from '../store/runEvents';
import type { RunProgress } from './RunProgress';
import type { RunScope } from './RunScope';
import { applyPart } from './stages/applyPart';
import { fallBack } from './stages/fallBack';

const LONGEST = 5 * 60 * 1000;

/**
 * Brings the workspace to rest after a run that deployed, or was cancelled while it changed
 * what apps depend on: endpoints lead to what was verified, the requests of releases that
 * were replaced are answered, and then the engine completes what serves and removes all that
 * does not. What goes wrong here is a warning: the outcome of the run stands already.
 */
export async function settle(
  scope: RunScope,
  progress: RunProgress,
): Promise<NewRunEvent[]> {
  const deployed = progress
    .rows()
    .filter(row => row.stage === 'deploy' && row.started_at !== null);
  if (deployed.length === 0 && !(await hasCutOffApps(scope, progress)))
    return [];
  const { run, services, lease, watch, logger } = scope;
  const signal = AbortSignal.any([watch, AbortSignal.timeout(LONGEST)]);
  try {
    for (const { app } of deployed) {
      const alongside = await fallBack({ run, app, services });
      await lease.checkpoint({ alongside });
    }
    for (const { app } of deployed) {
      await services.endpoints.drained(run.workspace_id, app, { signal });
    }
    const key = {
      workspace: scope.workspace,
      run: run.id,
      stage: 'deploy' as const,
      attempt: 1,
    };
    await applyPart(
      {
        ...scope,
        engineContext: {
          key,
          signal,
          logger,
          secrets: scope.secrets,
          adopted: true, // what serves, or loops, is only looked at
        },
        log: async text => logger.debug(text),
      },
      { kind: 'all' },
    );
    return [];
  } catch (error) {
    watch.throwIfAborted();
    const message = scope.redactor.redact(
      `What serves no more was not removed: ${problemOf(error)}`,
    );
    logger.warn(message);
    return [{ type: 'warning', message }];
  }
}

/** Whether something serves whose databases the run was cancelled at: they may be gone, or half changed. */
async function hasCutOffApps(
  { rows }: RunScope,
  progress: RunProgress,
): Promise<boolean> {
  const isCutOff = progress
    .rows()
    .some(
      ({ stage, state, started_at }) =>
        stage === 'dependencies' &&
        state === 'cancelled' &&
        started_at !== null,
    );
  if (!isCutOff) return false;
  const { apps } = await rows();
  return apps.some(app => app.serving_release !== null);
}
