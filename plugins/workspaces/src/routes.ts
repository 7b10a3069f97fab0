import {
  createExternalRouteRef,
  createRouteRef,
} from '@backstage/frontend-plugin-api';

/** The page Workspaces. */
export const workspacesRouteRef = createRouteRef();

/** The page Doctor. */
export const doctorRouteRef = createRouteRef();

/** The tab Workspace of the entity on the page. */
export const workspaceRouteRef = createRouteRef();

/** The tab Builds of the entity on the page. */
export const buildsRouteRef = createRouteRef();

/** The tab Endpoints of the entity on the page. */
export const endpointsRouteRef = createRouteRef();

/** Where a new workspace app is made: the templates of this portal, unless it is bound elsewhere. */
export const newWorkspaceRouteRef = createExternalRouteRef({
  defaultTarget: 'scaffolder.root',
});
