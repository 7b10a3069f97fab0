import { cancelRun } from '../api/changeRuns';
import { refuseNul } from '../api/validation';
import { askingByAgent, type AgentActionOptions } from './AgentAction';
import { runOutput } from './outputs';

/** `cancel-run`: asks for a run to be stopped. */
export function createCancelRunAction(options: AgentActionOptions): void {
  const { actionsRegistry, services } = options;
  actionsRegistry.register({
    name: 'cancel-run',
    title: 'Cancel a run',
    attributes: { readOnly: false, destructive: true, idempotent: true },
    description: `
Asks for a run to be stopped. One that waits is cancelled at once; one that is carried out ends when its worker sees it, so that its state may still be "running" in the answer, with cancelRequestedAt: follow it with explain-run. What served before serves on, and releases that were verified stay.
It needs the permission workspaces.workspace.operate. Cancel only what the user asked you to cancel: somebody else may have started it (see createdBy).
Asking again changes nothing. A run that has ended is an error, as is a deletion that has begun.

Examples:
- "Stop the deployment of ws-shop": explain-run with workspace "ws-shop" for the id of its newest run, then run "<id>".`.trim(),
    schema: {
      input: zod =>
        zod
          .object({
            run: zod
              .string()
              .min(1)
              .max(64)
              .describe('Id of the run; not its number.'),
          })
          .strict(),
      output: runOutput,
    },
    examples: [
      {
        title: 'Stop a run',
        input: { run: '0b9c3c0e-8a51-4f7e-9f0a-2a4f1b0f6d11' },
      },
    ],
    action: async ({ input, credentials }) => {
      refuseNul(input);
      const asking = askingByAgent(services, credentials, 'cancel-run');
      return { output: await cancelRun(services, asking, input.run) };
    },
  });
}
