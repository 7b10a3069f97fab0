import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import type { Rollback } from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspaceEngine } from '@slipway/backstage-plugin-workspaces-node';
import { whyRetired } from '../store/ReleaseImages';
import type { AppRow, ReleaseRow, RunRow } from '../store/rows';

/** Names of a request for a run that no app has, or that stand there twice. */
export function refuseUnknownApps(names: string[], known: string[]): void {
  const unknown = names.find(name => !known.includes(name));
  if (unknown !== undefined) {
    throw new InputError(
      `apps: the workspace has no app "${unknown}"; it has ${known.join(', ')}`,
    );
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new InputError(`apps: "${twice}" is named twice`);
  }
}

/** What can be done where the image of a release is not kept. */
export const INSTEAD_OF_ROLLBACK =
  'roll back to a newer release, or deploy its source again';

/** A rollback to what never served, serves already or is not kept, or past migrations without a word about them. */
export function refuseRollback(
  release: ReleaseRow,
  releases: ReleaseRow[],
  request: Rollback,
): void {
  if (release.state !== 'superseded') throw new ConflictError(whyNot(release));
  const migrations = migrationsAfter(release, releases);
  if (migrations.length === 0 || request.confirmMigrations) return;
  throw new ConflictError(
    `confirmMigrations: migrations ran after release ${
      release.number
    } and are not undone (${migrations.join(
      '; ',
    )}); confirm to roll back the app alone`,
  );
}

/** The number of the release that serves an app which is to be restarted or scaled. */
export function requireServing(name: string, app: AppRow | undefined): number {
  if (!app) throw new NotFoundError(`The workspace has no app "${name}"`);
  if (app.serving_release !== null) return app.serving_release;
  throw new ConflictError(`No release serves "${name}"; deploy it first`);
}

/** What a run has done that is not done twice, because whoever wants it again asks for another run. */
const doneOf: Partial<Record<RunRow['kind'], string>> = {
  restart: 'has restarted the app; start another restart',
  password: 'has changed the password; start another change',
};

export function refuseDone({ kind, state, number }: RunRow): void {
  const done = state === 'succeeded' ? doneOf[kind] : undefined;
  if (done) throw new ConflictError(`Run ${number} ${done}`);
}

export function refuseReplicas(
  replicas: number,
  { id, abilities }: Pick<WorkspaceEngine, 'id' | 'abilities'>,
): void {
  if (replicas <= 1 || abilities.replicas) return;
  throw new InputError(
    `replicas: the engine "${id}" cannot run more than one replica; accepted are 0 and 1`,
  );
}

function whyNot(release: ReleaseRow): string {
  const which = `release: ${release.number} of "${release.app}"`;
  if (release.state === 'serving') return `${which} serves already`;
  if (release.state === 'retiring' || release.state === 'retired')
    return `${which} cannot serve again: ${whyRetired(
      release,
    )}; ${INSTEAD_OF_ROLLBACK}`;
  return `${which} never served (${release.state}); name one that did`;
}

/** Those of every release after it that got as far as being deployed. */
function migrationsAfter(
  release: ReleaseRow,
  releases: ReleaseRow[],
): string[] {
  return releases
    .filter(each => each.number > release.number && each.migration !== null)
    .map(each => {
      const command: string[] = JSON.parse(each.migration ?? '[]');
      return `release ${each.number}: ${command.join(' ')}`;
    });
}
