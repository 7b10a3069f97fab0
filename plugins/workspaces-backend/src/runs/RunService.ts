import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import type {
  AppSpec,
  NewRun,
  PasswordChange,
  Restart,
  Rollback,
  Scale,
  SourceSpec,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import type { SecretStore } from '../secrets/SecretStore';
import type { ReleaseImages } from '../store/ReleaseImages';
import type { RunInput, RunRow, WorkspaceRow } from '../store/rows';
import type { RunStore } from '../store/RunStore';
import type { NewRunRecord, StageRef } from '../store/runChanges';
import type { SourceService } from '../sources/SourceService';
import type { WorkspaceStore } from '../store/WorkspaceStore';
import type { Engines } from '../workspaces/Engines';
import { pipelineOf } from './pipeline';
import {
  INSTEAD_OF_ROLLBACK,
  refuseDone,
  refuseReplicas,
  refuseRollback,
  refuseUnknownApps,
  requireServing,
} from './refusals';
import { refuseRetiredImages } from './retriedImages';
import { stagesToRetry } from './retryPlan';
import { replicasOf } from './stages/release';

export interface RunServiceOptions {
  runs: RunStore;
  workspaces: Pick<
    WorkspaceStore,
    'apps' | 'app' | 'dependencies' | 'release' | 'releases' | 'changeApp'
  >;
  secrets: Pick<SecretStore, 'get'>;
  images: Pick<ReleaseImages, 'refuseRetired'>;
  sources: Pick<SourceService, 'validate'>;
  engines: Pick<Engines, 'get'>;
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
  readonly #images: RunServiceOptions['images'];
  readonly #secrets: RunServiceOptions['secrets'];
  readonly #sources: RunServiceOptions['sources'];
  readonly #engines: RunServiceOptions['engines'];

  constructor(options: RunServiceOptions) {
    this.#runs = options.runs;
    this.#workspaces = options.workspaces;
    this.#images = options.images;
    this.#secrets = options.secrets;
    this.#sources = options.sources;
    this.#engines = options.engines;
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
          await this.#workspaces.changeApp(workspace.id, name, { source }, trx);
        }
      },
    });
  }

  /**
   * Stores a run that deploys an earlier release of an app again.
   * @throws ConflictError where that release never served, serves already or its image is
   *   not kept, or where migrations ran after it and that was not confirmed
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
    refuseRollback(release, releases, request);
    const { workspace_id: workspaceId, image } = release;
    return this.#createOf(workspace, appName, caller, {
      kind: 'rollback',
      input: {
        release: release.number,
        specs: { [appName]: JSON.parse(release.spec) },
      },
      reason: `Rollback of ${appName} to release ${release.number}`,
      alongside: trx =>
        this.#images.refuseRetired(
          { workspaceId, image },
          {
            refused: `release: ${release.number} cannot serve again`,
            instead: INSTEAD_OF_ROLLBACK,
          },
          trx,
        ),
    });
  }

  /**
   * Stores a run that deploys what serves the app once more, beside it, with today's values
   * of its secrets. What serves is looked at when the run is carried out.
   * @throws ConflictError where nothing serves the app, or it is scaled to 0
   */
  async startRestart(
    workspace: WorkspaceRow,
    appName: string,
    request: Restart,
    caller: RunCaller,
  ): Promise<RunRow> {
    const number = await this.#serving(workspace, appName);
    const serving = await this.#workspaces.release(
      workspace.id,
      appName,
      number,
    );
    if (serving && replicasOf(serving) === 0) {
      throw new ConflictError(
        `"${appName}" is stopped: it is scaled to 0 replicas; scale it up to start it`,
      );
    }
    return this.#createOf(workspace, appName, caller, {
      kind: 'restart',
      input: {},
      reason: request.reason ?? `Restart of ${appName}`,
    });
  }

  /**
   * Stores a run that changes how many replicas of the release run that serves the app then.
   * The number becomes the app's at once, so that deployments which are asked for later keep it.
   * @throws ConflictError where nothing serves the app
   */
  async startScale(
    workspace: WorkspaceRow,
    appName: string,
    { replicas }: Scale,
    caller: RunCaller,
  ): Promise<RunRow> {
    await this.#serving(workspace, appName);
    refuseReplicas(replicas, this.#engines.get(workspace.engine).engine);
    const how = replicas === 1 ? '1 replica' : `${replicas} replicas`;
    return this.#createOf(workspace, appName, caller, {
      kind: 'scale',
      input: { replicas },
      reason: `Scale of ${appName} to ${how}`,
      alongside: trx =>
        this.#workspaces.changeApp(workspace.id, appName, { replicas }, trx),
    });
  }

  /**
   * Stores a run that gives a dependency another password, and then deploys what serves each app once more with it.
   * Apps that are stopped get it when they are started.
   * @throws NotFoundError where the workspace has no such dependency
   */
  async startPasswordChange(
    workspace: WorkspaceRow,
    name: string,
    request: PasswordChange,
    caller: RunCaller,
  ): Promise<RunRow> {
    const rows = await this.#workspaces.dependencies(workspace.id);
    const row = rows.find(each => each.name === name);
    const secret = row && (await this.#secrets.get(row.password_secret));
    if (!secret) {
      throw new NotFoundError(
        `The workspace "${workspace.name}" has no dependency "${name}"`,
      );
    }
    const apps = await this.#running(workspace);
    return this.#runs.create({
      workspaceId: workspace.id,
      kind: 'password',
      apps,
      input: { password: { dependency: name, version: secret.version } },
      stages: stagesOf('password', apps),
      reason: request.reason ?? `New password of ${name}`,
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
   * this moment, so that a mended one is what is tried next; a restart that was done is not
   * done again, for its release serves.
   * @throws ConflictError where it would deploy an image that is not kept
   */
  async retry(
    runId: string,
    from: StageName | undefined,
    caller: RunCaller,
  ): Promise<RunRow> {
    const found = await this.#runs.get(runId);
    if (!found) throw new NotFoundError(`There is no run "${runId}"`);
    const current = await this.#specs({ id: found.workspace_id });
    const stores = { images: this.#images, workspaces: this.#workspaces };
    return this.#runs.retry(runId, caller.by, (run, stages) => {
      refuseDone(run);
      const input: RunInput = JSON.parse(run.input);
      const specs = Object.fromEntries(
        Object.entries(input.specs ?? {}).map(([name, spec]) => [
          name,
          current[name] ?? spec,
        ]),
      );
      const again = stagesToRetry(run, stages, from);
      return {
        again,
        input: run.kind === 'deploy' ? { ...input, specs } : input,
        alongside: async trx => {
          await refuseRetiredImages({ run, stages, again }, stores, trx);
          await this.#asScaled(run, input, trx);
        },
      };
    });
  }

  /** A scale that is asked for again is what later deployments keep. */
  async #asScaled(
    run: RunRow,
    { replicas }: RunInput,
    trx: Knex.Transaction,
  ): Promise<void> {
    if (run.kind !== 'scale') return;
    const [app]: string[] = JSON.parse(run.apps);
    await this.#workspaces.changeApp(run.workspace_id, app, { replicas }, trx);
  }

  /** Stores a run of one app. */
  async #createOf(
    workspace: WorkspaceRow,
    app: string,
    caller: RunCaller,
    record: Pick<NewRunRecord, 'kind' | 'input' | 'reason' | 'alongside'>,
  ): Promise<RunRow> {
    return this.#runs.create({
      ...record,
      workspaceId: workspace.id,
      apps: [app],
      stages: stagesOf(record.kind, [app]),
      createdBy: caller.by,
      idempotency: caller.idempotency,
    });
  }

  /** The apps of which replicas are to run. */
  async #running(workspace: WorkspaceRow): Promise<string[]> {
    const apps = await this.#workspaces.apps(workspace.id);
    const running: string[] = [];
    for (const { name, serving_release: number } of apps) {
      if (number === null) continue;
      const serving = await this.#workspaces.release(
        workspace.id,
        name,
        number,
      );
      if (serving && replicasOf(serving) > 0) running.push(name);
    }
    return running;
  }

  async #serving(workspace: WorkspaceRow, app: string): Promise<number> {
    return requireServing(app, await this.#workspaces.app(workspace.id, app));
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
