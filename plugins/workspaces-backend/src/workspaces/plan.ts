import type { LoggerService } from '@backstage/backend-plugin-api';
import { ServiceUnavailableError } from '@backstage/errors';
import {
  deployStages,
  imageRepository,
  type AppSpec,
  type NewWorkspace,
  type Plan,
  type StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import {
  EngineError,
  type DesiredWorkspace,
  type SecretResolver,
} from '@slipway/backstage-plugin-workspaces-node';
import type { Checks } from '../checks/Checks';
import type { AppRow, DependencyRow, ReleaseRow } from '../store/rows';
import { desiredWorkspace } from './desiredState';
import type { InstalledEngine } from './Engines';
import type { Requester } from './References';
import type { WorkspaceSettings } from './settings';
import type { CheckedWorkspace, WorkspaceService } from './WorkspaceService';

const TIME_LIMIT = 30_000;
const NOT_YET = 'planned';

/** Passwords are made with the workspace: a plan has none. */
const plannedSecrets: SecretResolver = {
  resolve: async () => '',
  version: async () => NOT_YET,
};

/** Says what a workspace would bring up. Neither the database nor an engine is changed. */
export class Planner {
  readonly #workspaces: WorkspaceService;
  readonly #checks: Checks;
  readonly #settings: WorkspaceSettings;
  readonly #logger: LoggerService;

  constructor(options: {
    workspaces: WorkspaceService;
    checks: Checks;
    settings: WorkspaceSettings;
    logger: LoggerService;
  }) {
    this.#workspaces = options.workspaces;
    this.#checks = options.checks;
    this.#settings = options.settings;
    this.#logger = options.logger;
  }

  async plan(
    input: NewWorkspace,
    owner: string,
    requester: Requester,
  ): Promise<Plan> {
    const checked = await this.#workspaces.check(input, owner, requester);
    const { installed, workspace, apps } = checked;
    const dependencies = plannedDependencies(checked);
    const desired = desiredWorkspace(
      {
        workspace: { ...workspace, created_by: requester.ref },
        apps,
        dependencies,
      },
      apps.map(app => plannedRelease(app, workspace.name)),
      this.#settings,
    );
    const [changes, checks] = await Promise.all([
      this.#changes(installed, desired),
      this.#checks.ofEngine(installed),
    ]);
    return {
      workspace: workspace.name,
      stages: plannedStages(apps, dependencies),
      changes,
      checks,
    };
  }

  async #changes(
    { engine }: InstalledEngine,
    desired: DesiredWorkspace,
  ): Promise<Plan['changes']> {
    try {
      return await engine.plan(desired, {
        signal: AbortSignal.timeout(TIME_LIMIT),
        logger: this.#logger,
        key: {
          workspace: desired.name,
          run: NOT_YET,
          stage: 'provision',
          attempt: 1,
        },
        secrets: plannedSecrets,
      });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw new ServiceUnavailableError(
        `The engine "${engine.id}" cannot say what it would change: ${error.message}`,
        error,
      );
    }
  }
}

function plannedDependencies({
  specification,
  workspace,
}: CheckedWorkspace): DependencyRow[] {
  return specification.dependencies.map(({ spec }) => ({
    workspace_id: workspace.id,
    name: spec.name,
    type: spec.type,
    spec: JSON.stringify(spec),
    password_secret: NOT_YET,
    created_at: workspace.created_at,
  }));
}

function plannedRelease(app: AppRow, workspaceName: string): ReleaseRow {
  return {
    workspace_id: app.workspace_id,
    app: app.name,
    number: 1,
    run_id: NOT_YET,
    image: imageRepository(workspaceName, app.name),
    revision: null,
    spec: app.spec,
    dependency_versions: '{}',
    migration: null,
    state: 'candidate',
    created_at: app.created_at,
    served_at: null,
    retired_at: null,
  };
}

function plannedStages(
  apps: AppRow[],
  dependencies: DependencyRow[],
): StageName[] {
  const migrates = apps.some(
    app => (JSON.parse(app.spec) as AppSpec).migration !== undefined,
  );
  return deployStages.filter(stage => {
    if (stage === 'dependencies') return dependencies.length > 0;
    if (stage === 'migrate') return migrates;
    return true;
  });
}
