import type { AppSpec } from '@slipway/backstage-plugin-workspaces-common';
import type { NewRelease, ReleaseRow } from '../../store/rows';
import type { StageContext } from '../stage';
import { desiredWith } from './applyPart';

/**
 * The release that serves the app, if this deployment would change nothing of what runs:
 * not the image, the configuration, a secret's value or the number of replicas, and all of
 * it is there. The engine is asked, so that what vanished meanwhile is deployed anew. Where
 * an app is probed an engine need not know: that a release says alone.
 */
export async function unchangedRelease(
  context: StageContext,
  wanted: NewRelease,
): Promise<ReleaseRow | undefined> {
  const { run, app, services, engine, engineContext } = context;
  const row = await services.workspaces.app(run.workspace_id, app);
  if (!row || row.serving_release === null) return undefined;
  const serving = await services.workspaces.release(
    run.workspace_id,
    app,
    row.serving_release,
  );
  if (serving?.image !== wanted.image) return undefined;
  if (healthPathOf(serving) !== healthPathOf(wanted)) return undefined;
  const desired = await desiredWith(context, { ...serving, ...wanted });
  const changes = await engine.plan(desired, engineContext, app);
  const change = changes.find(
    ({ kind, name }) => kind === 'app' && name === app,
  );
  return change?.action === 'keep' ? serving : undefined;
}

function healthPathOf({ spec }: Pick<NewRelease, 'spec'>): string | undefined {
  const { healthPath }: Partial<AppSpec> = JSON.parse(spec);
  return healthPath;
}
