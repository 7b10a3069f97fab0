import { usePermission } from '@backstage/plugin-permission-react';
import {
  workspaceDeletePermission,
  workspaceDeployPermission,
  workspaceOperatePermission,
} from '@slipway/backstage-plugin-workspaces-common';

/** What the user may do with a workspace. Nothing, until the portal has said so. */
export interface WorkspacePermissions {
  /** Deploy, retry and roll back. */
  deploy: boolean;
  /** Cancel, restart, scale, and change passwords. */
  operate: boolean;
  /** Delete the workspace. */
  remove: boolean;
}

/**
 * @param workspace - Id of the workspace.
 */
export function useWorkspacePermissions(
  workspace: string,
): WorkspacePermissions {
  const deploy = usePermission({
    permission: workspaceDeployPermission,
    resourceRef: workspace,
  });
  const operate = usePermission({
    permission: workspaceOperatePermission,
    resourceRef: workspace,
  });
  const remove = usePermission({
    permission: workspaceDeletePermission,
    resourceRef: workspace,
  });
  return {
    deploy: deploy.allowed,
    operate: operate.allowed,
    remove: remove.allowed,
  };
}
