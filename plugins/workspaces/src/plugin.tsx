import type { Entity } from '@backstage/catalog-model';
import {
  ApiBlueprint,
  createFrontendPlugin,
  discoveryApiRef,
  fetchApiRef,
  identityApiRef,
} from '@backstage/frontend-plugin-api';
import { EntityContentBlueprint } from '@backstage/plugin-catalog-react/alpha';
import DirectionsBoatIcon from '@material-ui/icons/DirectionsBoat';
import { annotations } from '@slipway/backstage-plugin-workspaces-common';
import { DefaultWorkspacesApi, workspacesApiRef } from './api';
import { buildsRouteRef, endpointsRouteRef } from './routes';
import { searchExtensions } from './searchExtensions';

const workspacesApi = ApiBlueprint.make({
  params: defineParams =>
    defineParams({
      api: workspacesApiRef,
      deps: {
        discoveryApi: discoveryApiRef,
        fetchApi: fetchApiRef,
        identityApi: identityApiRef,
      },
      factory: deps => new DefaultWorkspacesApi(deps),
    }),
});

/** Entities that belong to a workspace. */
function isOfWorkspace(entity: Entity): boolean {
  return Boolean(entity.metadata.annotations?.[annotations.workspace]);
}

const buildsEntityContent = EntityContentBlueprint.make({
  name: 'builds',
  params: {
    path: '/builds',
    title: 'Builds',
    routeRef: buildsRouteRef,
    filter: isOfWorkspace,
    loader: () =>
      import('./components/BuildsContent').then(m => <m.BuildsContent />),
  },
});

const endpointsEntityContent = EntityContentBlueprint.make({
  name: 'endpoints',
  params: {
    path: '/endpoints',
    title: 'Endpoints',
    routeRef: endpointsRouteRef,
    filter: isOfWorkspace,
    loader: () =>
      import('./components/EndpointsContent').then(m => <m.EndpointsContent />),
  },
});

/**
 * Tabs of an app's entity: its builds, and where it is reached.
 *
 * @public
 */
export const workspacesPlugin = createFrontendPlugin({
  pluginId: 'workspaces',
  title: 'Workspaces',
  icon: <DirectionsBoatIcon fontSize="inherit" />,
  info: { packageJson: () => import('../package.json') },
  routes: { builds: buildsRouteRef, endpoints: endpointsRouteRef },
  extensions: [
    workspacesApi,
    buildsEntityContent,
    endpointsEntityContent,
    ...searchExtensions,
  ],
});
