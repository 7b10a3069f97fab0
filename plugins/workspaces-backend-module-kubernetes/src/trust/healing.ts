import type {
  AuditorService,
  LoggerService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import type { NodeTrust } from './NodeTrust';

const FREQUENCY = { minutes: 2 };
const TIMEOUT = { minutes: 30 };

/** Lets nodes that join the cluster trust the registry, by a task that one replica carries out at a time. */
export async function healNewNodes(options: {
  /** Of the engine. */
  id: string;
  trust: NodeTrust;
  scheduler: SchedulerService;
  auditor: AuditorService;
  logger: LoggerService;
}): Promise<void> {
  const { id, trust, scheduler, auditor, logger } = options;
  await scheduler.scheduleTask({
    id: `workspaces-node-trust-${id}`,
    frequency: FREQUENCY,
    timeout: TIMEOUT,
    scope: 'global',
    fn: async signal => {
      const report = (message: string) => logger.info(message);
      for (const outcome of await trust.heal({ signal, report })) {
        const { node, why, failure } = outcome;
        if (outcome.outcome === 'unchanged') continue;
        const event = await auditor.createEvent({
          eventId: 'node-trust',
          severityLevel: 'high',
          meta: { engine: id, node, outcome: outcome.outcome },
        });
        if (failure) {
          logger.warn(`${node} does not trust the registry: ${why}`);
          await event.fail({ error: failure });
        } else await event.success();
      }
    },
  });
}
