import { ConflictError } from '@backstage/errors';
import {
  componentRef,
  type AppDefinition,
  type AppSpec,
  type DependencySpec,
  type NewWorkspace,
  type Workspace,
  type WorkspaceChange,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import { generatedPassword } from '../secrets/generatedPassword';
import type { SecretStore } from '../secrets/SecretStore';
import type { Changes } from '../store/changes';
import { lastRuns } from '../store/lastRuns';
import type {
  IdempotencyStore,
  IdempotentRequest,
} from '../store/IdempotencyStore';
import type { AppRow, DependencyRow, WorkspaceRow } from '../store/rows';
import type { WorkspaceStore } from '../store/WorkspaceStore';
import { changedDependencies, dependencySpec } from './dependencies';
import type { Engines, InstalledEngine } from './Engines';
import type { Located, Specification } from './parts';
import { toWorkspace } from './present';
import type { References, Requester } from './References';
import type { WorkspaceSettings } from './settings';
import { checkSpecification } from './specification';
import { checkVolumes } from './volumes';
import type { WorkspaceObserver } from './WorkspaceObserver';

const DEFAULT_SIZE = 'small';
/** Hexadecimal, so that a password needs quotes nowhere. */

/** A new workspace, checked, with nothing stored yet. */
export interface CheckedWorkspace {
  installed: InstalledEngine;
  specification: Specification;
  workspace: Omit<WorkspaceRow, 'created_by'>;
  apps: AppRow[];
}

/** Creates and changes workspaces and their apps. Everything is checked before anything is written. */
export class WorkspaceService {
  readonly #knex: Knex;
  readonly #store: WorkspaceStore;
  readonly #secrets: SecretStore;
  readonly #idempotency: IdempotencyStore;
  readonly #references: References;
  readonly #engines: Engines;
  readonly #observer: WorkspaceObserver;
  readonly #settings: WorkspaceSettings;
  readonly #defaultEngine: string | undefined;
  readonly #changes: Changes;

  constructor(options: {
    knex: Knex;
    store: WorkspaceStore;
    secrets: SecretStore;
    idempotency: IdempotencyStore;
    references: References;
    engines: Engines;
    observer: WorkspaceObserver;
    settings: WorkspaceSettings;
    defaultEngine: string | undefined;
    changes: Changes;
  }) {
    this.#knex = options.knex;
    this.#store = options.store;
    this.#secrets = options.secrets;
    this.#idempotency = options.idempotency;
    this.#references = options.references;
    this.#engines = options.engines;
    this.#observer = options.observer;
    this.#settings = options.settings;
    this.#defaultEngine = options.defaultEngine;
    this.#changes = options.changes;
  }

  /** Workspaces as the API answers them, in the order of the rows. */
  async present(workspaces: WorkspaceRow[]): Promise<Workspace[]> {
    const ids = workspaces.map(workspace => workspace.id);
    const [apps, dependencies, runs] = await Promise.all([
      this.#store.appsOf(ids),
      this.#store.dependenciesOf(ids),
      lastRuns(this.#knex, ids),
    ]);
    return workspaces.map(workspace =>
      toWorkspace(
        {
          workspace,
          apps: apps.filter(app => app.workspace_id === workspace.id),
          dependencies: dependencies.filter(
            dependency => dependency.workspace_id === workspace.id,
          ),
          lastRun: runs.get(workspace.id),
        },
        this.#observer.viewOf(workspace),
        this.#settings,
      ),
    );
  }

  /** Checks a new workspace, and that its name is free. Writes nothing. */
  async check(
    input: NewWorkspace,
    owner: string,
    requester: Requester,
  ): Promise<CheckedWorkspace> {
    const installed = this.#engines.choose(input.engine, this.#defaultEngine);
    const apps = (input.apps ?? []).map((spec, index) => ({
      field: `apps[${index}]`,
      spec,
    }));
    const specification = {
      name: input.name,
      apps,
      dependencies: this.#located(input.dependencies ?? []),
    };
    this.#checkSpecification(specification, installed);
    await this.#references.check(apps, { owner, requester });
    if (await this.#store.findLive(input.name))
      throw new ConflictError(
        `name: "${input.name}" is taken; choose another name`,
      );
    const id = randomUUID();
    const now = Date.now();
    return {
      installed,
      specification,
      workspace: {
        id,
        name: input.name,
        live_name: input.name,
        owner,
        engine: installed.engine.id,
        size: input.size ?? DEFAULT_SIZE,
        last_run_number: 0,
        created_at: now,
        deleted_at: null,
        receipt: null,
      },
      apps: apps.map(({ spec }, index) =>
        newApp({ id, name: input.name }, spec, inOrder(now, index)),
      ),
    };
  }

  /** Stores a workspace with generated passwords for its dependencies. Nothing is brought up. */
  async create(
    input: NewWorkspace,
    owner: string,
    requester: Requester,
    idempotency?: IdempotentRequest,
  ): Promise<WorkspaceRow> {
    const id = await this.#idempotency.once(idempotency, async record => {
      const { workspace, apps, specification } = await this.check(
        input,
        owner,
        requester,
      );
      const row: WorkspaceRow = { ...workspace, created_by: requester.ref };
      await this.#knex.transaction(async trx => {
        await record(trx, row.id);
        const dependencies: DependencyRow[] = [];
        for (const [index, { spec }] of specification.dependencies.entries()) {
          const createdAt = inOrder(row.created_at, index);
          dependencies.push(
            await this.#newDependency(trx, row, spec, requester, createdAt),
          );
        }
        await this.#store.create({ workspace: row, apps, dependencies }, trx);
      });
      return row.id;
    });
    this.#changes.emit('workspaces');
    return (await this.#store.get(id))!;
  }

  /**
   * Changes what the next run brings up. A dependency that is not named any more goes with
   * that run; its password stays as long as the workspace, for a run that is under way.
   */
  async update(
    workspace: WorkspaceRow,
    change: WorkspaceChange,
    requester: Requester,
  ): Promise<WorkspaceRow> {
    await this.#knex.transaction(async trx => {
      await this.#store.lock(workspace.id, trx);
      const before = await this.#store.dependencies(workspace.id, trx);
      const dependencies =
        change.dependencies &&
        (await this.#replace(
          trx,
          workspace,
          before,
          change.dependencies,
          requester,
        ));
      await this.#store.update(
        workspace.id,
        { size: change.size, dependencies },
        trx,
      );
    });
    this.#changes.emit(`workspace:${workspace.id}`);
    return (await this.#store.get(workspace.id))!;
  }

  /** Adds an app, or replaces its specification; the next run deploys it. */
  async putApp(
    workspace: WorkspaceRow,
    name: string,
    definition: AppDefinition,
    requester: Requester,
  ): Promise<AppRow> {
    const spec: AppSpec = { ...definition, name };
    const app: Located<AppSpec> = { field: '', spec };
    const before = await this.#store.app(workspace.id, name);
    checkVolumes(app, before && (JSON.parse(before.spec) as AppSpec));
    const check = async (trx?: Knex.Transaction) =>
      this.#checkSpecification(
        await this.#specificationWith(app, workspace, trx),
        this.#engines.get(workspace.engine),
      );
    await check(); // what no engine of this kind can do has no references to look at
    await this.#references.check([app], {
      owner: workspace.owner,
      requester,
      workspaceId: workspace.id,
      before: before && (JSON.parse(before.spec) as AppSpec),
    });
    await this.#knex.transaction(async trx => {
      await this.#store.lock(workspace.id, trx);
      await check(trx);
      await this.#store.putApp(newApp(workspace, spec, Date.now()), trx);
    });
    this.#changes.emit('workspaces');
    this.#changes.emit(`workspace:${workspace.id}`);
    return (await this.#store.app(workspace.id, name))!;
  }

  /** A workspace as it would be with an app added or replaced. */
  async #specificationWith(
    app: Located<AppSpec>,
    { id, name }: WorkspaceRow,
    trx?: Knex.Transaction,
  ): Promise<Specification> {
    const others = (await this.#store.apps(id, trx)).filter(
      row => row.name !== app.spec.name,
    );
    const dependencies = await this.#store.dependencies(id, trx);
    return {
      name,
      apps: [app, ...others.map(locateStored)],
      dependencies: dependencies.map(row => ({
        field: `dependency "${row.name}"`,
        spec: dependencySpec(row),
      })),
    };
  }

  async #replace(
    trx: Knex.Transaction,
    workspace: WorkspaceRow,
    before: DependencyRow[],
    wanted: DependencySpec[],
    requester: Requester,
  ): Promise<DependencyRow[]> {
    const located = this.#located(wanted);
    const apps = (await this.#store.apps(workspace.id, trx)).map(locateStored);
    this.#checkSpecification(
      { name: workspace.name, apps, dependencies: located },
      this.#engines.get(workspace.engine),
    );
    const rows: DependencyRow[] = [];
    const now = Date.now();
    for (const [index, { spec, row }] of changedDependencies(
      located,
      before,
    ).entries()) {
      const createdAt = inOrder(now, index);
      rows.push(
        row ??
          (await this.#newDependency(
            trx,
            workspace,
            spec,
            requester,
            createdAt,
          )),
      );
    }
    return rows;
  }

  #located(dependencies: DependencySpec[]): Specification['dependencies'] {
    return dependencies.map((spec, index) => ({
      field: `dependencies[${index}]`,
      spec: {
        ...spec,
        name: spec.name ?? spec.type,
        version: spec.version ?? this.#settings.dependencies[spec.type].version,
      },
    }));
  }

  #checkSpecification(
    specification: Specification,
    { engine, builder }: InstalledEngine,
  ): void {
    checkSpecification(specification, {
      engineId: engine.id,
      engine: engine.abilities,
      builder: builder.abilities,
      settings: this.#settings,
    });
  }

  async #newDependency(
    trx: Knex.Transaction,
    workspace: Pick<WorkspaceRow, 'id' | 'owner'>,
    spec: DependencySpec & { name: string },
    requester: Requester,
    createdAt: number,
  ): Promise<DependencyRow> {
    const description = `Password of ${spec.name}`;
    // A dependency that comes back before a run took it away has its data, and so its password, still.
    const secret =
      (await this.#secrets.generated(workspace.id, description, trx)) ??
      (await this.#secrets.create(
        {
          owner: workspace.owner,
          workspaceId: workspace.id,
          description,
          value: generatedPassword(),
          createdBy: requester.ref,
        },
        trx,
      ));
    return {
      workspace_id: workspace.id,
      name: spec.name,
      type: spec.type,
      spec: JSON.stringify(spec),
      password_secret: secret.id,
      created_at: createdAt,
    };
  }
}

/** Times by which what was made at once keeps the order in which it was named. */
function inOrder(now: number, index: number): number {
  return now + index / 1000;
}

function newApp(
  workspace: Pick<WorkspaceRow, 'id' | 'name'>,
  spec: AppSpec,
  now: number,
): AppRow {
  return {
    workspace_id: workspace.id,
    name: spec.name,
    entity_ref: componentRef(workspace.name, spec.name),
    spec: JSON.stringify(spec),
    serving_release: null,
    last_release: 0,
    created_at: now,
  };
}

function locateStored(row: AppRow): Located<AppSpec> {
  return { field: `app "${row.name}"`, spec: JSON.parse(row.spec) };
}
