import { createRouteRef } from '@backstage/frontend-plugin-api';

/** The tab Builds of the entity on the page. */
export const buildsRouteRef = createRouteRef();

/** The tab Endpoints of the entity on the page. */
export const endpointsRouteRef = createRouteRef();
