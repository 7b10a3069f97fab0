import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import type {
  AppSpec,
  NewRun,
  Rollback,
  SourceSpec,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import type { ReleaseRow, RunRow, WorkspaceRow } from '../store/rows';
import type { NewRunRecord, RunStore } from '../store/RunStore';
import type { StageRef } from '../store/runChanges';
import type { SourceService } from '../sources/SourceService';
import type { WorkspaceStore } from '../store/WorkspaceStore';
import { pipelineOf } from './pipeline';
import { stagesToRetry } from './retryPlan';

export interface RunServiceOptions {
  runs: RunStore;
  workspaces: Pick<
    WorkspaceStore,
    'apps' | 'app' | 'release' | 'releases' | 'setSource'
  >;
  sources: Pick<SourceService, 'validate'>;
}

/** Who asks, and how a repetition of the request is known. */
export interface RunCaller {
  /** Entity ref. */
  by: string;
  idempotency?: NewRunRecord['idempotency'];
}

/** Starts, cancels and retries runs. Permissions are the callers' concern. */
export class RunService {
  readonly #runs: RunStore;
  readonly #workspaces: RunServiceOptions['workspaces'];
  readonly #sources: RunServiceOptions['sources'];

  constructor(options: RunServiceOptions) {
    this.#runs = options.runs;
    this.#workspaces = options.workspaces;
    this.#sources = options.sources;
  }

  /**
   * Stores a run that deploys the named apps, all of them if none is named. It works with
   * their specifications of this moment; a source that is given becomes the app's.
   * @throws InputError where an app does not exist, or the workspace has none
   */
  async start(
    workspace: WorkspaceRow,
    request: NewRun,
    caller: RunCaller,
  ): Promise<RunRow> {
    const specs = await this.#specs(workspace);
    const names = request.apps?.map(app => app.name) ?? Object.keys(specs);
    if (names.length === 0) {
      throw new InputError(
        'apps: the workspace has no app; add one with PUT /workspaces/{workspace}/apps/{app}',
      );
    }
    refuseUnknownApps(names, Object.keys(specs));
    const given = (request.apps ?? []).flatMap(({ name, source }) =>
      source ? [{ name, source }] : [],
    );
    given.forEach(({ name, source }) =>
      this.#sources.validate(source, `apps: source of "${name}"`),
    );
    return this.#runs.create({
      workspaceId: workspace.id,
      kind: 'deploy',
      apps: names,
      input: { specs: specsOfRun(names, specs, given) },
      stages: stagesOf('deploy', names),
      reason: request.reason,
      createdBy: caller.by,
      idempotency: caller.idempotency,
      alongside: async trx => {
        for (const { name, source } of given) {
          await this.#workspaces.setSource(workspace.id, name, source, trx);
        }
      },
    });
  }

  /**
   * Stores a run that deploys an earlier release of an app again.
   * @throws ConflictError where that release never served or serves already, or where
   *   migrations ran after it and that was not confirmed
   */
  async startRollback(
    workspace: WorkspaceRow,
    appName: string,
    request: Rollback,
    caller: RunCaller,
  ): Promise<RunRow> {
    const app = await this.#workspaces.app(workspace.id, appName);
    const releases = await this.#workspaces.releases(workspace.id, appName);
    const release = releases.find(each => each.number === request.release);
    if (!app || !release) {
      throw new NotFoundError(
        `release: there is no release ${request.release} of "${appName}"`,
      );
    }
    if (release.state !== 'superseded')
      throw new ConflictError(whyNot(release));
    const migrations = migrationsAfter(release, releases);
    if (migrations.length > 0 && !request.confirmMigrations) {
      throw new ConflictError(
        `confirmMigrations: migrations ran after release ${
          release.number
        } and are not undone (${migrations.join(
          '; ',
        )}); confirm to roll back the app alone`,
      );
    }
    return this.#runs.create({
      workspaceId: workspace.id,
      kind: 'rollback',
      apps: [appName],
      input: {
        release: release.number,
        specs: { [appName]: JSON.parse(release.spec) },
      },
      stages: stagesOf('rollback', [appName]),
      reason: `Rollback of ${appName} to release ${release.number}`,
      createdBy: caller.by,
      idempotency: caller.idempotency,
    });
  }

  /** Stores the run that removes the workspace; all its other runs are cancelled. */
  async startDelete(
    workspace: WorkspaceRow,
    caller: RunCaller,
  ): Promise<RunRow> {
    return this.#runs.create({
      workspaceId: workspace.id,
      kind: 'delete',
      apps: [],
      input: {},
      stages: stagesOf('delete', []),
      createdBy: caller.by,
      idempotency: caller.idempotency,
    });
  }

  /** @throws ConflictError where the run has ended, or is a deletion that has begun */
  async cancel(runId: string, caller: RunCaller): Promise<RunRow> {
    return this.#runs.requestCancel(runId, caller.by);
  }

  /**
   * Queues a run that has ended once more: what it did not get through, and what follows
   * the named stage; see {@link stagesToRetry}. A deployment takes the specifications of
   * this moment, so that a mended one is what is tried next.
   */
  async retry(
    runId: string,
    from: StageName | undefined,
    caller: RunCaller,
  ): Promise<RunRow> {
    const found = await this.#runs.get(runId);
    if (!found) throw new NotFoundError(`There is no run "${runId}"`);
    const current = await this.#specs({ id: found.workspace_id });
    return this.#runs.retry(runId, caller.by, (run, stages) => {
      const input = JSON.parse(run.input);
      const specs = Object.fromEntries(
        Object.entries(input.specs ?? {}).map(([name, spec]) => [
          name,
          current[name] ?? spec,
        ]),
      );
      return {
        again: stagesToRetry(run, stages, from),
        input: run.kind === 'deploy' ? { ...input, specs } : input,
      };
    });
  }

  async #specs(
    workspace: Pick<WorkspaceRow, 'id'>,
  ): Promise<Record<string, AppSpec>> {
    const apps = await this.#workspaces.apps(workspace.id);
    return Object.fromEntries(
      apps.map(app => [app.name, JSON.parse(app.spec)]),
    );
  }
}

function refuseUnknownApps(names: string[], known: string[]): void {
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

function specsOfRun(
  names: string[],
  specs: Record<string, AppSpec>,
  given: { name: string; source: SourceSpec }[],
): Record<string, AppSpec> {
  return Object.fromEntries(
    names.map(name => {
      const source = given.find(each => each.name === name)?.source;
      return [name, { ...specs[name], ...(source && { source }) }];
    }),
  );
}

function stagesOf(kind: RunRow['kind'], apps: string[]): StageRef[] {
  return pipelineOf(kind).flatMap(({ name, scope }) =>
    (scope === 'workspace' ? [''] : apps).map(app => ({ stage: name, app })),
  );
}

function whyNot(release: ReleaseRow): string {
  const which = `release: ${release.number} of "${release.app}"`;
  if (release.state === 'serving') return `${which} serves already`;
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
