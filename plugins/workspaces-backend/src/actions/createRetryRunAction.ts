import { retryRun } from '../api/changeRuns';
import { refuseNul } from '../api/validation';
import { askingByAgent, type AgentActionOptions } from './AgentAction';
import { runOutput } from './outputs';

/** `retry-run`: queues a run that has ended once more. */
export function createRetryRunAction(options: AgentActionOptions): void {
  const { actionsRegistry, services } = options;
  actionsRegistry.register({
    name: 'retry-run',
    title: 'Retry a run',
    attributes: { readOnly: false, destructive: true, idempotent: false },
    description: `
Queues a run that has failed or was cancelled once more. It begins at the first stage that failed, or at the stage that is named, with what earlier stages made: nothing that succeeded before is done again. A deployment takes the specification of now, so that a mended one is what is tried.
It does what the run was to do: retrying a run of the kind "delete" removes the workspace with its data. Look at its kind with explain-run, and ask the user before.
It needs the permission for what the run does: workspaces.workspace.deploy for deploy and rollback, workspaces.workspace.operate for restart, scale and password, workspaces.workspace.delete for delete.

Use it when the fix of the diagnosis was done. Do not repeat it in the hope of another outcome while the cause is there: the same source fails the same way.
A run that has not ended is an error, as is one of a workspace that was deleted.

Examples:
- After a database was mended: run "<id>".
- To build once more although the build succeeded: run "<id>", from "build".`.trim(),
    schema: {
      input: zod =>
        zod
          .object({
            run: zod
              .string()
              .min(1)
              .max(64)
              .describe('Id of the run; not its number.'),
            from: zod
              .enum([
                'provision',
                'fetch',
                'build',
                'dependencies',
                'migrate',
                'deploy',
                'expose',
                'verify',
                'destroy',
              ])
              .optional()
              .describe(
                'The stage to begin at; the first that failed if absent.',
              ),
          })
          .strict(),
      output: runOutput,
    },
    examples: [
      {
        title: 'From where it failed',
        input: { run: '0b9c3c0e-8a51-4f7e-9f0a-2a4f1b0f6d11' },
      },
      {
        title: 'Build once more',
        input: { run: '0b9c3c0e-8a51-4f7e-9f0a-2a4f1b0f6d11', from: 'build' },
      },
    ],
    action: async ({ input, credentials }) => {
      refuseNul(input);
      const asking = askingByAgent(services, credentials, 'retry-run');
      return {
        output: await retryRun(services, asking, input.run, input.from),
      };
    },
  });
}
