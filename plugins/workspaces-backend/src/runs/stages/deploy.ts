import type { DependencySpec } from '@slipway/backstage-plugin-workspaces-common';
import type { DependencyRow, NewRelease, ReleaseRow } from '../../store/rows';
import type { StageContext, StageWork } from '../stage';
import { applyPart } from './applyPart';
import { existingRelease } from './existing';
import { failCandidates } from './fallBack';
import { replicasOf } from './release';
import { unchangedRelease } from './unchanged';

/**
 * Brings the release up beside the one that serves, until it is ready. What would change
 * nothing makes no release: whoever wants the same anew asks for a restart.
 */
export const deploy: StageWork = {
  async run(context) {
    const serving = await unchanged(context);
    if (serving) {
      return {
        skipped: `nothing has changed: release ${serving.number} serves already`,
        outputs: {
          release: serving.number,
          replicas: context.spec.replicas ?? 1,
        },
      };
    }
    const release = await releaseOf(context);
    context.log(
      `Release ${release.number} of ${release.app}: ${release.image}`,
    );
    await applyPart(context, { kind: 'app', app: context.app }, release);
    return {
      outputs: { release: release.number, replicas: replicasOf(release) },
    };
  },
  undo: failCandidates,
};

/** A deployment makes a release of what was built. */
async function releaseOf(context: StageContext): Promise<ReleaseRow> {
  const existing = await existingRelease(context);
  if (existing) return existing;
  const { workspaces } = context.services;
  return workspaces.createRelease(await newRelease(context));
}

async function unchanged(
  context: StageContext,
): Promise<ReleaseRow | undefined> {
  if (context.run.kind !== 'deploy') return undefined;
  return unchangedRelease(context, await newRelease(context));
}

async function newRelease(context: StageContext): Promise<NewRelease> {
  const { run, app, spec } = context;
  const { dependencies } = await context.rows();
  const { revision } = context.outputsOf('fetch');
  const command = spec.migration?.command;
  return {
    workspace_id: run.workspace_id,
    app,
    run_id: run.id,
    image: String(context.outputsOf('build').image),
    revision: revision ? String(revision) : null,
    spec: JSON.stringify(spec),
    dependency_versions: JSON.stringify(
      Object.fromEntries(
        dependencies.map(row => [row.name, versionOf(context, row)]),
      ),
    ),
    migration: command ? JSON.stringify(command) : null,
  };
}

function versionOf(context: StageContext, row: DependencyRow): string {
  const spec: DependencySpec = JSON.parse(row.spec);
  return (
    spec.version ?? context.services.settings.dependencies[row.type].version
  );
}
