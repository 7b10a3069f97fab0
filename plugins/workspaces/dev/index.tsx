import { createDevApp } from '@backstage/frontend-dev-utils';
import {
  ApiBlueprint,
  createFrontendModule,
} from '@backstage/frontend-plugin-api';
import catalogPlugin from '@backstage/plugin-catalog/alpha';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import { catalogApiMock } from '@backstage/plugin-catalog-react/testUtils';
import scaffolderPlugin from '@backstage/plugin-scaffolder/alpha';
import {
  permissionApiRef,
  type PermissionApi,
} from '@backstage/plugin-permission-react';
import { workspacesApiRef } from '../src/api';
import plugin from '../src';
import { entities, story } from './story';

/** The pages with a backend in memory; `?story=` in the address of the first visit chooses what is in it. */
const catalogWithStory = createFrontendModule({
  pluginId: 'catalog',
  extensions: [
    ApiBlueprint.make({
      params: defineParams =>
        defineParams({
          api: catalogApiRef,
          deps: {},
          factory: () => catalogApiMock({ entities }),
        }),
    }),
  ],
});

const workspacesWithStory = createFrontendModule({
  pluginId: 'workspaces',
  extensions: [
    ApiBlueprint.make({
      params: defineParams =>
        defineParams({
          api: workspacesApiRef,
          deps: {},
          factory: () => story(),
        }),
    }),
  ],
});

type Decision = Awaited<ReturnType<PermissionApi['authorize']>>;

/** Nobody else is here: everything is allowed. */
const appWithoutPolicy = createFrontendModule({
  pluginId: 'app',
  extensions: [
    ApiBlueprint.make({
      name: 'permission',
      params: defineParams =>
        defineParams({
          api: permissionApiRef,
          deps: {},
          factory: () => ({
            authorize: async () => ({ result: 'ALLOW' } as Decision),
          }),
        }),
    }),
  ],
});

createDevApp({
  features: [
    catalogPlugin,
    scaffolderPlugin,
    plugin,
    catalogWithStory,
    workspacesWithStory,
    appWithoutPolicy,
  ],
});
