import {
  coreServices,
  createServiceFactory,
  createServiceRef,
} from '@backstage/backend-plugin-api';
import { WorkspacesClient } from '@slipway/backstage-plugin-workspaces-common';

/**
 * The core's API for other backend plugins: over HTTP, with the credentials that
 * the caller hands over with each call.
 *
 * @public
 */
export type WorkspacesService = WorkspacesClient;

/**
 * Reference to the core's API for other backend plugins.
 *
 * @public
 */
export const workspacesServiceRef = createServiceRef<WorkspacesService>({
  id: 'workspaces.client',
  defaultFactory: async service =>
    createServiceFactory({
      service,
      deps: { discovery: coreServices.discovery },
      factory: ({ discovery }) =>
        new WorkspacesClient({ discoveryApi: discovery }),
    }),
});

/**
 * Topic on the events service: the set of workspaces or apps has changed. The payload is empty;
 * whoever listens asks the API.
 *
 * @public
 */
export const workspacesChangedTopic = 'slipway.workspaces.changed';
