import {
  coreServices,
  createBackendModule,
  readSchedulerServiceTaskScheduleDefinitionFromConfig,
  type RootConfigService,
  type SchedulerServiceTaskScheduleDefinition,
} from '@backstage/backend-plugin-api';
import { ForwardedError } from '@backstage/errors';
import { searchIndexRegistryExtensionPoint } from '@backstage/plugin-search-backend-node/alpha';
import { workspacesServiceRef } from '@slipway/backstage-plugin-workspaces-node';
import { WorkspacesCollatorFactory } from './WorkspacesCollatorFactory';

const SCHEDULE_KEY = 'search.collators.workspaces.schedule';

const DEFAULT_SCHEDULE: SchedulerServiceTaskScheduleDefinition = {
  frequency: { minutes: 10 },
  timeout: { minutes: 15 },
  initialDelay: { seconds: 3 },
};

/**
 * Adds workspaces and endpoints to the index of the search.
 *
 * @public
 */
export const searchModuleWorkspacesCollator = createBackendModule({
  pluginId: 'search',
  moduleId: 'workspaces-collator',
  register(env) {
    env.registerInit({
      deps: {
        auth: coreServices.auth,
        config: coreServices.rootConfig,
        indexRegistry: searchIndexRegistryExtensionPoint,
        scheduler: coreServices.scheduler,
        workspaces: workspacesServiceRef,
      },
      async init({ auth, config, indexRegistry, scheduler, workspaces }) {
        indexRegistry.addCollator({
          schedule: scheduler.createScheduledTaskRunner(readSchedule(config)),
          factory: new WorkspacesCollatorFactory({ workspaces, auth }),
        });
      },
    });
  },
});

function readSchedule(
  config: RootConfigService,
): SchedulerServiceTaskScheduleDefinition {
  const schedule = config.getOptionalConfig(SCHEDULE_KEY);
  if (!schedule) return DEFAULT_SCHEDULE;
  try {
    return readSchedulerServiceTaskScheduleDefinitionFromConfig(schedule);
  } catch (error) {
    throw new ForwardedError(`${SCHEDULE_KEY} is not a schedule`, error);
  }
}
