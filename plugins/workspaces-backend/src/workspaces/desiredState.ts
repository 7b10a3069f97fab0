import type {
  AppSpec,
  DependencySpec,
} from '@slipway/backstage-plugin-workspaces-common';
import type {
  DesiredApp,
  DesiredDependency,
  DesiredFile,
  DesiredResources,
  DesiredVariable,
  DesiredWorkspace,
} from '@slipway/backstage-plugin-workspaces-node';
import type {
  AppRow,
  DependencyRow,
  ReleaseRow,
  WorkspaceRow,
} from '../store/rows';
import {
  appEnvironment,
  DEFAULT_APP_PORT,
  type ConnectedDependency,
} from './environment';
import type { WorkspaceSettings } from './settings';

/** The rows of one workspace that say what it is to be. */
export interface WorkspaceRows {
  workspace: WorkspaceRow;
  apps: AppRow[];
  dependencies: DependencyRow[];
}

/**
 * Makes the document that an engine gets of the rows and of the releases that are to
 * run, at most one per app. An app's specification is that of its release, so that a
 * rollback brings back the configuration too; its dependencies are those of today.
 */
export function desiredWorkspace(
  rows: WorkspaceRows,
  releases: ReleaseRow[],
  settings: WorkspaceSettings,
): DesiredWorkspace {
  const { workspace } = rows;
  return {
    id: workspace.id,
    name: workspace.name,
    owner: workspace.owner,
    size: workspace.size,
    dependencies: rows.dependencies.map(row =>
      desiredDependency(row, workspace, settings),
    ),
    apps: releases.map(release => desiredApp(rows, release, settings)),
  };
}

/** The environment of one app, for a migration that runs before the app has a release. */
export function environmentOf(
  rows: WorkspaceRows,
  app: AppSpec,
  settings: WorkspaceSettings,
): DesiredVariable[] {
  return appEnvironment({
    app,
    otherApps: rows.apps
      .filter(other => other.name !== app.name)
      .map(other => JSON.parse(other.spec) as AppSpec),
    dependencies: rows.dependencies.map(row =>
      connectedDependency(row, settings),
    ),
  });
}

/** The files of an app, and of its migration. */
export function filesOf({ files }: AppSpec): DesiredFile[] {
  return (files ?? []).map(({ path, secret: id }) => ({
    path,
    secret: { id },
  }));
}

/** What each container of an app of this workspace may use. */
export function appResources(
  workspace: WorkspaceRow,
  settings: WorkspaceSettings,
): DesiredResources {
  return settings.sizes[workspace.size].app;
}

/** The image of a dependency, with the tag that its specification or the configuration names. */
export function dependencyImage(
  spec: DependencySpec,
  settings: WorkspaceSettings,
): string {
  const { image, version } = settings.dependencies[spec.type];
  return `${image}:${spec.version ?? version}`;
}

/** A dependency row as the environment of apps needs to know it. */
export function connectedDependency(
  row: DependencyRow,
  settings: WorkspaceSettings,
): ConnectedDependency {
  const spec = JSON.parse(row.spec) as DependencySpec;
  return {
    spec: { ...spec, name: row.name },
    port: settings.dependencies[row.type].port,
    passwordSecret: row.password_secret,
  };
}

function desiredDependency(
  row: DependencyRow,
  workspace: WorkspaceRow,
  settings: WorkspaceSettings,
): DesiredDependency {
  const spec = JSON.parse(row.spec) as DependencySpec;
  const { port, dataPath } = settings.dependencies[row.type];
  return {
    name: row.name,
    type: row.type,
    image: dependencyImage(spec, settings),
    port,
    ...(row.type === 'postgres' && {
      database: spec.database ?? 'app',
      username: spec.username ?? 'app',
    }),
    password: { id: row.password_secret },
    resources: settings.sizes[workspace.size].dependency,
    volume: {
      name: 'data',
      mountPath: dataPath,
      sizeGiB: spec.volumeSizeGiB,
    },
  };
}

function desiredApp(
  rows: WorkspaceRows,
  release: ReleaseRow,
  settings: WorkspaceSettings,
): DesiredApp {
  const spec = JSON.parse(release.spec) as AppSpec;
  return {
    name: release.app,
    release: release.number,
    image: release.image,
    platform: spec.build?.platform,
    command: spec.command,
    replicas: spec.replicas ?? 1,
    environment: environmentOf(rows, spec, settings),
    files: filesOf(spec),
    port: spec.port ?? DEFAULT_APP_PORT,
    healthPath: spec.healthPath ?? '/',
    resources: appResources(rows.workspace, settings),
    volumes: spec.volumes ?? [],
    readOnlyRoot: spec.readOnlyRoot ?? false,
  };
}
