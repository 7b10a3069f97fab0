import type {
  DesiredWorkspace,
  WorkspacePart,
} from '@slipway/backstage-plugin-workspaces-node';
import type { ReleaseRow } from '../../store/rows';
import { desiredWorkspace } from '../../workspaces/desiredState';
import type { StageContext } from '../stage';

type Needed = Pick<
  StageContext,
  'services' | 'rows' | 'engine' | 'engineContext' | 'log'
>;

/** Lets the engine make a part of the workspace so, its progress going to the stage's log. */
export async function applyPart(
  context: Needed,
  part: WorkspacePart,
  release?: ReleaseRow,
): Promise<void> {
  const desired = await desiredWith(context, release);
  const steps = context.engine.apply(desired, part, context.engineContext);
  for await (const { message } of steps) await context.log(message);
}

/** The workspace with the releases that serve, and the given one instead of its app's. */
export async function desiredWith(
  context: Pick<StageContext, 'services' | 'rows'>,
  release: ReleaseRow | undefined,
): Promise<DesiredWorkspace> {
  const { workspaces, settings } = context.services;
  const rows = await context.rows();
  const releases = await Promise.all(
    rows.apps.map(async app => {
      if (release?.app === app.name) return release;
      if (app.serving_release === null) return undefined;
      return workspaces.release(
        app.workspace_id,
        app.name,
        app.serving_release,
      );
    }),
  );
  const present = releases.filter(each => each !== undefined);
  return desiredWorkspace(rows, present, settings);
}
