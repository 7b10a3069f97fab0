import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { scaffolderActionsExtensionPoint } from '@backstage/plugin-scaffolder-node';
import { workspacesServiceRef } from '@slipway/backstage-plugin-workspaces-node';
import { createWorkspaceCreateAction } from './actions/createWorkspaceCreateAction';
import { createWorkspaceDeleteAction } from './actions/createWorkspaceDeleteAction';
import { createWorkspaceDeployAction } from './actions/createWorkspaceDeployAction';

/**
 * Adds the actions `workspace:create`, `workspace:deploy` and `workspace:delete` to the scaffolder.
 *
 * @public
 */
export const scaffolderModuleWorkspaces = createBackendModule({
  pluginId: 'scaffolder',
  moduleId: 'workspaces',
  register({ registerInit }) {
    registerInit({
      deps: {
        actions: scaffolderActionsExtensionPoint,
        auth: coreServices.auth,
        config: coreServices.rootConfig,
        discovery: coreServices.discovery,
        workspaces: workspacesServiceRef,
      },
      async init({ actions, auth, config, discovery, workspaces }) {
        const portalUrl = config.getString('app.baseUrl').replace(/\/$/, '');
        const services = { auth, discovery, workspaces, portalUrl };
        actions.addActions(
          createWorkspaceCreateAction(services),
          createWorkspaceDeployAction(services),
          createWorkspaceDeleteAction(services),
        );
      },
    });
  },
});
