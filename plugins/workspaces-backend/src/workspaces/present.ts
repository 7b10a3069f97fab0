import type {
  App,
  AppSpec,
  Dependency,
  DependencySpec,
  Replica,
  RunSummary,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import type {
  DependencyObservation,
  ReplicaObservation,
} from '@slipway/backstage-plugin-workspaces-node';
import { isoTime } from '../store/database';
import type { AppRow, DependencyRow, WorkspaceRow } from '../store/rows';
import type { WorkspaceSettings } from './settings';
import type { WorkspaceView } from './WorkspaceObserver';

/** A workspace as the API answers it: what is stored, and what was observed. */
export function toWorkspace(
  rows: {
    workspace: WorkspaceRow;
    apps: AppRow[];
    dependencies: DependencyRow[];
    lastRun?: RunSummary;
  },
  view: WorkspaceView,
  settings: WorkspaceSettings,
): Workspace {
  const { workspace } = rows;
  const tombstone = workspace.deleted_at !== null;
  return {
    id: workspace.id,
    name: workspace.name,
    owner: workspace.owner,
    engine: workspace.engine,
    size: workspace.size,
    createdBy: workspace.created_by,
    createdAt: new Date(workspace.created_at).toISOString(),
    deletedAt: isoTime(workspace.deleted_at),
    receipt:
      workspace.receipt === null ? undefined : JSON.parse(workspace.receipt),
    observedAt: tombstone ? undefined : view.observedAt,
    present: tombstone ? undefined : view.present,
    apps: rows.apps.map(app => toApp(app, view)),
    dependencies: rows.dependencies.map(row =>
      toDependency(row, view, settings),
    ),
    lastRun: rows.lastRun,
    drift: tombstone || !view.current ? undefined : view.observation?.drift,
  };
}

/** An app as the API answers it. */
export function toApp(app: AppRow, view: WorkspaceView): App {
  const observed = view.observation?.apps.find(each => each.name === app.name);
  return {
    name: app.name,
    entityRef: app.entity_ref,
    spec: JSON.parse(app.spec) as AppSpec,
    release: app.serving_release ?? undefined,
    replicas: (observed?.replicas ?? []).map(replica =>
      toReplica(replica, view.current),
    ),
  };
}

function toReplica(replica: ReplicaObservation, current: boolean): Replica {
  if (current) return { ...replica };
  const { cpuCores, memoryBytes, ...before } = replica;
  return { ...before, state: 'unknown' };
}

function toDependency(
  row: DependencyRow,
  view: WorkspaceView,
  settings: WorkspaceSettings,
): Dependency {
  const spec = JSON.parse(row.spec) as DependencySpec;
  const observed = view.observation?.dependencies.find(
    each => each.name === row.name,
  );
  return {
    name: row.name,
    type: row.type,
    version: spec.version ?? settings.dependencies[row.type].version,
    host: row.name,
    port: settings.dependencies[row.type].port,
    database: spec.database,
    username: spec.username,
    ...dependencyState(observed, view),
  };
}

function dependencyState(
  observed: DependencyObservation | undefined,
  view: WorkspaceView,
): Pick<Dependency, 'state' | 'restarts' | 'lastExit'> {
  const { state, restarts, lastExit } = observed ?? {};
  if (!view.current) return { state: 'unknown', restarts, lastExit };
  // The engine says all that it sees: what it does not name is not there.
  return { state: state ?? 'stopped', restarts, lastExit };
}
