import { createBackendModule } from '@backstage/backend-plugin-api';

/**
 * Adds the actions `workspace:*` to the scaffolder.
 *
 * @public
 */
export const scaffolderModuleWorkspaces = createBackendModule({
  pluginId: 'scaffolder',
  moduleId: 'workspaces',
  register(env) {
    env.registerInit({ deps: {}, async init() {} });
  },
});
