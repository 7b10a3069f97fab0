import {
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import {
  actionsRegistryServiceRef,
  metricsServiceRef,
} from '@backstage/backend-plugin-api/alpha';
import { eventsServiceRef } from '@backstage/plugin-events-node';
import { workspacesPermissions } from '@slipway/backstage-plugin-workspaces-common';
import {
  workspaceEnginesExtensionPoint,
  workspaceResourceRef,
  workspaceRules,
  workspacesChangedTopic,
} from '@slipway/backstage-plugin-workspaces-node';
import { isResourcePermission } from '@backstage/plugin-permission-common';
import { createAgentActions } from './actions';
import { toResources } from './api/authorize';
import { createRouter } from './api/router';
import { createCore } from './createCore';
import { openDatabase } from './store/database';
import { WorkspaceStore } from './store/WorkspaceStore';
import { Engines } from './workspaces/Engines';

/**
 * The core of Slipway: workspaces, runs, endpoints and diagnosis. It needs a module that
 * adds an engine.
 *
 * @public
 */
export const workspacesPlugin = createBackendPlugin({
  pluginId: 'workspaces',
  register(env) {
    const engines = new Engines();
    env.registerExtensionPoint(workspaceEnginesExtensionPoint, engines);

    env.registerInit({
      deps: {
        actionsRegistry: actionsRegistryServiceRef,
        auditor: coreServices.auditor,
        config: coreServices.rootConfig,
        database: coreServices.database,
        events: eventsServiceRef,
        httpAuth: coreServices.httpAuth,
        httpRouter: coreServices.httpRouter,
        lifecycle: coreServices.lifecycle,
        logger: coreServices.logger,
        metrics: metricsServiceRef,
        permissions: coreServices.permissions,
        permissionsRegistry: coreServices.permissionsRegistry,
        scheduler: coreServices.scheduler,
        userInfo: coreServices.userInfo,
      },
      async init(deps) {
        const {
          actionsRegistry,
          events,
          httpRouter,
          lifecycle,
          logger,
          permissionsRegistry,
          scheduler,
        } = deps;
        const knex = await openDatabase(deps.database);
        const store = new WorkspaceStore(knex);

        permissionsRegistry.addResourceType({
          resourceRef: workspaceResourceRef,
          permissions: workspacesPermissions.filter(permission =>
            isResourcePermission(permission),
          ),
          rules: workspaceRules,
          getResources: async ids => {
            const resources = await toResources(
              store,
              await store.getMany(ids),
            );
            return ids.map(id =>
              resources.find(resource => resource.id === id),
            );
          },
        });
        permissionsRegistry.addPermissions(
          workspacesPermissions.filter(
            permission => !isResourcePermission(permission),
          ),
        );

        const core = await createCore({ ...deps, knex, engines });
        core.changes.on('workspaces', () => {
          // It only saves waiting: whoever listens also asks from time to time.
          events
            .publish({ topic: workspacesChangedTopic, eventPayload: {} })
            .catch(error =>
              logger.warn(
                `Nobody heard that the set of workspaces changed: ${error}`,
              ),
            );
        });
        await scheduler.scheduleTask({
          id: 'workspaces-clean-up',
          frequency: { hours: 1 },
          initialDelay: { minutes: 1 },
          timeout: { minutes: 30 },
          scope: 'global',
          fn: () => core.cleanUp.run(),
        });
        httpRouter.use(await createRouter(core.api));
        createAgentActions({ actionsRegistry, services: core.api });
        lifecycle.addStartupHook(() => core.start());
        lifecycle.addShutdownHook(() => core.stop());
      },
    });
  },
});
