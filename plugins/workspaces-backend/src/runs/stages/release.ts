import { NotFoundError } from '@backstage/errors';
import type { AppSpec } from '@slipway/backstage-plugin-workspaces-common';
import type { ReleaseRow } from '../../store/rows';
import type { StageContext } from '../stage';

type Needed = Pick<StageContext, 'run' | 'app' | 'services'>;

/** A release of the app of this stage. */
export async function releaseOfApp(
  { run, app, services }: Needed,
  number: number,
): Promise<ReleaseRow> {
  const { workspace_id: workspaceId } = run;
  const release = await services.workspaces.release(workspaceId, app, number);
  if (release) return release;
  throw new NotFoundError(`There is no release ${number} of ${app}`);
}

/** The release that serves the app of this stage, if one does. */
export async function servingRelease(
  context: Needed,
): Promise<ReleaseRow | undefined> {
  const { run, app, services } = context;
  const row = await services.workspaces.app(run.workspace_id, app);
  if (!row || row.serving_release === null) return undefined;
  return releaseOfApp(context, row.serving_release);
}

/** How many replicas of the release are to run. */
export function replicasOf(release: ReleaseRow): number {
  const { replicas = 1 }: AppSpec = JSON.parse(release.spec);
  return replicas;
}

/** The same release with another number of replicas. */
export function withReplicas(
  release: ReleaseRow,
  replicas: number,
): ReleaseRow {
  const spec: AppSpec = { ...JSON.parse(release.spec), replicas };
  return { ...release, spec: JSON.stringify(spec) };
}

/** What the deploy stage of this run has brought up, and how many replicas of it. */
export async function deployedRelease(
  context: StageContext,
): Promise<{ number: number; replicas: number; spec: AppSpec }> {
  const outputs = context.outputsOf('deploy');
  const release = await releaseOfApp(context, Number(outputs.release));
  return {
    number: release.number,
    replicas: Number(outputs.replicas ?? replicasOf(release)),
    spec: JSON.parse(release.spec),
  };
}
