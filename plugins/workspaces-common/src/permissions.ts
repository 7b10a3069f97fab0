import { createPermission } from '@backstage/plugin-permission-common';

/**
 * Resource type of workspaces, as permission policies name it.
 *
 * @public
 */
export const RESOURCE_TYPE_WORKSPACE = 'slipway-workspace';

/**
 * To see a workspace with its apps, runs, releases and endpoints.
 *
 * @public
 */
export const workspaceReadPermission = createPermission({
  name: 'workspaces.workspace.read',
  attributes: { action: 'read' },
  resourceType: RESOURCE_TYPE_WORKSPACE,
});

/**
 * To create workspaces, upload sources and store secrets.
 *
 * @public
 */
export const workspaceCreatePermission = createPermission({
  name: 'workspaces.workspace.create',
  attributes: { action: 'create' },
});

/**
 * To change what a workspace runs: apps, runs, retries, rollbacks.
 *
 * @public
 */
export const workspaceDeployPermission = createPermission({
  name: 'workspaces.workspace.deploy',
  attributes: { action: 'update' },
  resourceType: RESOURCE_TYPE_WORKSPACE,
});

/**
 * To operate what runs: cancel runs, move endpoints, scale and restart.
 *
 * @public
 */
export const workspaceOperatePermission = createPermission({
  name: 'workspaces.workspace.operate',
  attributes: { action: 'update' },
  resourceType: RESOURCE_TYPE_WORKSPACE,
});

/**
 * To remove a workspace with everything in it.
 *
 * @public
 */
export const workspaceDeletePermission = createPermission({
  name: 'workspaces.workspace.delete',
  attributes: { action: 'delete' },
  resourceType: RESOURCE_TYPE_WORKSPACE,
});

/**
 * To read build, migration and app logs, which may hold what users typed.
 *
 * @public
 */
export const workspaceReadLogsPermission = createPermission({
  name: 'workspaces.workspace.logs.read',
  attributes: { action: 'read' },
  resourceType: RESOURCE_TYPE_WORKSPACE,
});

/**
 * To let the portal fetch a source only to look at it.
 *
 * @public
 */
export const sourceInspectPermission = createPermission({
  name: 'workspaces.source.inspect',
  attributes: { action: 'read' },
});

/**
 * To see the checks of the installation and to change it.
 *
 * @public
 */
export const workspacesAdministerPermission = createPermission({
  name: 'workspaces.administer',
  attributes: {},
});

/**
 * To let an engine change what all its workspaces share, for example which registries
 * the nodes of a cluster trust.
 *
 * @public
 */
export const engineFixPermission = createPermission({
  name: 'workspaces.engine.fix',
  attributes: { action: 'update' },
});

/**
 * All permissions of the workspaces plugin.
 *
 * @public
 */
export const workspacesPermissions = [
  workspaceReadPermission,
  workspaceCreatePermission,
  workspaceDeployPermission,
  workspaceOperatePermission,
  workspaceDeletePermission,
  workspaceReadLogsPermission,
  sourceInspectPermission,
  workspacesAdministerPermission,
  engineFixPermission,
];
