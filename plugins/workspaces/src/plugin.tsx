import type { Entity } from '@backstage/catalog-model';
import {
  ApiBlueprint,
  createFrontendPlugin,
  discoveryApiRef,
  fetchApiRef,
  identityApiRef,
} from '@backstage/frontend-plugin-api';
import {
  EntityCardBlueprint,
  EntityContentBlueprint,
} from '@backstage/plugin-catalog-react/alpha';
import DirectionsBoatIcon from '@material-ui/icons/DirectionsBoat';
import { annotations } from '@slipway/backstage-plugin-workspaces-common';
import { DefaultWorkspacesApi, workspacesApiRef } from './api';
import { formFields } from './formFields';
import { doctorPage, workspacesPage } from './pages';
import {
  buildsRouteRef,
  doctorRouteRef,
  endpointsRouteRef,
  newWorkspaceRouteRef,
  workspaceRouteRef,
  workspacesRouteRef,
} from './routes';
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

const workspaceEntityContent = EntityContentBlueprint.make({
  name: 'workspace',
  params: {
    path: '/workspace',
    title: 'Workspace',
    routeRef: workspaceRouteRef,
    filter: isOfWorkspace,
    loader: () =>
      import('./components/WorkspaceContent').then(m => <m.WorkspaceContent />),
  },
});

const workspaceEntityCard = EntityCardBlueprint.make({
  name: 'workspace',
  params: {
    type: 'info',
    filter: isOfWorkspace,
    loader: () =>
      import('./components/WorkspaceCard').then(m => <m.WorkspaceCard />),
  },
});

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
 * Pages of all workspaces and of the checks of the portal; tabs of an app's entity: its workspace,
 * its builds, and where it is reached; a card for its overview.
 *
 * @public
 */
export const workspacesPlugin = createFrontendPlugin({
  pluginId: 'workspaces',
  title: 'Workspaces',
  icon: <DirectionsBoatIcon fontSize="inherit" />,
  info: { packageJson: () => import('../package.json') },
  routes: {
    root: workspacesRouteRef,
    doctor: doctorRouteRef,
    workspace: workspaceRouteRef,
    builds: buildsRouteRef,
    endpoints: endpointsRouteRef,
  },
  externalRoutes: { newWorkspace: newWorkspaceRouteRef },
  extensions: [
    workspacesApi,
    workspacesPage,
    doctorPage,
    workspaceEntityCard,
    workspaceEntityContent,
    buildsEntityContent,
    endpointsEntityContent,
    ...searchExtensions,
    ...formFields,
  ],
});
