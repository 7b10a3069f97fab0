import {
  createPermissionResourceRef,
  createPermissionRule,
} from '@backstage/plugin-permission-node';
import { RESOURCE_TYPE_WORKSPACE } from '@slipway/backstage-plugin-workspaces-common';
import { z } from 'zod/v4';

/**
 * What rules see of a workspace: the refs stored in its row, never an entity's annotation.
 *
 * @public
 */
export interface WorkspaceResource {
  id: string;
  owner: string;
  /** Entity refs of its apps. */
  entityRefs: string[];
}

/**
 * A condition on workspaces as the store turns it into SQL.
 *
 * @public
 */
export type WorkspaceFilter = { owners: string[] } | { entityRefs: string[] };

/**
 * Reference to workspaces, for permission rules.
 *
 * @public
 */
export const workspaceResourceRef = createPermissionResourceRef<
  WorkspaceResource,
  WorkspaceFilter
>().with({
  pluginId: 'workspaces',
  resourceType: RESOURCE_TYPE_WORKSPACE,
});

/**
 * Holds for workspaces owned by one of the given refs.
 *
 * @public
 */
export const isWorkspaceOwner = createPermissionRule({
  name: 'IS_OWNER',
  description: 'Allow workspaces owned by one of the given entity refs',
  resourceRef: workspaceResourceRef,
  paramsSchema: z.object({
    owners: z
      .array(z.string())
      .describe('Entity refs, for example those that the user owns by'),
  }),
  apply: (workspace, { owners }) => owners.includes(workspace.owner),
  toQuery: ({ owners }) => ({ owners }),
});

/**
 * Holds for workspaces with an app that is one of the given catalog entities.
 *
 * @public
 */
export const hasWorkspaceEntity = createPermissionRule({
  name: 'HAS_ENTITY',
  description:
    'Allow workspaces with an app that is one of the given catalog entities',
  resourceRef: workspaceResourceRef,
  paramsSchema: z.object({
    entityRefs: z.array(z.string()).describe('Entity refs of Components'),
  }),
  apply: (workspace, { entityRefs }) =>
    workspace.entityRefs.some(ref => entityRefs.includes(ref)),
  toQuery: ({ entityRefs }) => ({ entityRefs }),
});

/**
 * All rules on workspaces.
 *
 * @public
 */
export const workspaceRules = [isWorkspaceOwner, hasWorkspaceEntity];
