import { SchedulerServiceTaskScheduleDefinitionConfig } from '@backstage/backend-plugin-api';

export interface Config {
  search?: {
    collators?: {
      /** Workspaces and endpoints in the index of the search. */
      workspaces?: {
        /**
         * How often all of them are read anew; what was made or removed since is found, or no longer
         * found, from then on. The state that a result shows is always that of now.
         * Default: every 10 minutes, with a timeout of 15 minutes, 3 seconds after the start
         */
        schedule?: SchedulerServiceTaskScheduleDefinitionConfig;
      };
    };
  };
}
