import { createBackendModule } from '@backstage/backend-plugin-api';
import {
  AuthorizeResult,
  isResourcePermission,
  type PolicyDecision,
} from '@backstage/plugin-permission-common';
import {
  createConditionExports,
  type PermissionPolicy,
  type PolicyQuery,
  type PolicyQueryUser,
} from '@backstage/plugin-permission-node';
import { policyExtensionPoint } from '@backstage/plugin-permission-node/alpha';
import {
  engineFixPermission,
  RESOURCE_TYPE_WORKSPACE,
  workspacesAdministerPermission,
} from '@slipway/backstage-plugin-workspaces-common';
import {
  hasWorkspaceEntity,
  isWorkspaceOwner,
  workspaceResourceRef,
} from '@slipway/backstage-plugin-workspaces-node';

const { conditions, createConditionalDecision } = createConditionExports({
  resourceRef: workspaceResourceRef,
  rules: { isWorkspaceOwner, hasWorkspaceEntity },
});

/** What concerns all workspaces. */
const administrating = [
  workspacesAdministerPermission,
  engineFixPermission,
].map(({ name }) => name);

/** Members of this group see the checks of the installation and may change it. */
const ADMINISTRATORS = 'group:default/administrators';

/**
 * An example to start from: everybody may create workspaces, and do everything with
 * those that they or one of their groups own. Workspaces of others do not exist for them.
 */
export class OwnersPolicy implements PermissionPolicy {
  async handle(
    request: PolicyQuery,
    user?: PolicyQueryUser,
  ): Promise<PolicyDecision> {
    const { permission } = request;
    const owners = user?.info.ownershipEntityRefs ?? [];
    if (isResourcePermission(permission, RESOURCE_TYPE_WORKSPACE)) {
      return createConditionalDecision(
        permission,
        conditions.isWorkspaceOwner({ owners }),
      );
    }
    if (administrating.includes(permission.name)) {
      return {
        result: owners.includes(ADMINISTRATORS)
          ? AuthorizeResult.ALLOW
          : AuthorizeResult.DENY,
      };
    }
    return { result: AuthorizeResult.ALLOW };
  }
}

export default createBackendModule({
  pluginId: 'permission',
  moduleId: 'owners-policy',
  register({ registerInit }) {
    registerInit({
      deps: { policy: policyExtensionPoint },
      async init({ policy }) {
        policy.setPolicy(new OwnersPolicy());
      },
    });
  },
});
