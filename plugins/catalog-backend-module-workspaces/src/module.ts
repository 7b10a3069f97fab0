import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { catalogProcessingExtensionPoint } from '@backstage/plugin-catalog-node';
import { eventsServiceRef } from '@backstage/plugin-events-node';
import {
  workspacesChangedTopic,
  workspacesServiceRef,
} from '@slipway/backstage-plugin-workspaces-node';
import { WorkspaceEntityProvider } from './WorkspaceEntityProvider';

/**
 * Puts every app of every workspace into the catalog as a Component.
 *
 * @public
 */
export const catalogModuleWorkspaces = createBackendModule({
  pluginId: 'catalog',
  moduleId: 'workspaces',
  register({ registerInit }) {
    registerInit({
      deps: {
        auth: coreServices.auth,
        catalog: catalogProcessingExtensionPoint,
        events: eventsServiceRef,
        logger: coreServices.logger,
        scheduler: coreServices.scheduler,
        workspaces: workspacesServiceRef,
      },
      async init({ auth, catalog, events, logger, scheduler, workspaces }) {
        const provider = new WorkspaceEntityProvider({
          workspaces,
          auth,
          logger,
        });
        catalog.addEntityProvider(provider);
        await events.subscribe({
          id: 'catalog-workspaces',
          topics: [workspacesChangedTopic],
          onEvent: () => provider.refresh(),
        });
        // The event saves waiting; the schedule is what cannot be lost.
        await scheduler.scheduleTask({
          id: 'workspaces-refresh',
          frequency: { seconds: 30 },
          timeout: { minutes: 2 },
          initialDelay: { seconds: 1 },
          scope: 'global',
          fn: () => provider.refresh(),
        });
      },
    });
  },
});
