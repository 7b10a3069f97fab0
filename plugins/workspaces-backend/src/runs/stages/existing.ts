import type { AppSpec } from '@slipway/backstage-plugin-workspaces-common';
import type { ReleaseRow } from '../../store/rows';
import type { StageContext } from '../stage';
import { releaseOfApp, servingRelease, withReplicas } from './release';

/**
 * What a run deploys that builds nothing; undefined for one that does. What serves is read
 * now, because runs that were queued before this one may have changed it.
 */
export async function existingRelease(
  context: StageContext,
): Promise<ReleaseRow | undefined> {
  const { run, input } = context;
  switch (run.kind) {
    case 'rollback': {
      const release = await releaseOfApp(context, Number(input.release));
      return withReplicas(release, await presentReplicas(context));
    }
    case 'scale':
      return withReplicas(await required(context), Number(input.replicas));
    case 'restart':
    case 'password':
      return renewed(context, await required(context));
    default:
      return undefined;
  }
}

/** The same under a number of its own, so that it comes up beside what serves. */
async function renewed(
  { run, app, services }: StageContext,
  serving: ReleaseRow,
): Promise<ReleaseRow> {
  const { image, revision, spec, dependency_versions } = serving;
  return services.workspaces.createRelease({
    workspace_id: run.workspace_id,
    app,
    run_id: run.id,
    image,
    revision,
    spec,
    dependency_versions,
    migration: null,
  });
}

/** The number that the app is scaled to, whatever it was when the release served. */
async function presentReplicas({ app, rows }: StageContext): Promise<number> {
  const { apps } = await rows();
  const row = apps.find(({ name }) => name === app);
  const { replicas = 1 }: Partial<AppSpec> = row ? JSON.parse(row.spec) : {};
  return replicas;
}

async function required(context: StageContext): Promise<ReleaseRow> {
  const serving = await servingRelease(context);
  if (serving) return serving;
  throw new Error(`No release serves ${context.app}`);
}
