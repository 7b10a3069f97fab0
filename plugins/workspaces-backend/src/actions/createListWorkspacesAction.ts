import { refuseNul } from '../api/validation';
import { listWorkspaces } from '../api/workspaces';
import type { AgentActionOptions } from './AgentAction';
import { workspacesOutput } from './outputs';

const DEFAULT_LIMIT = 20;

/** `list-workspaces`: what there is, and what it came to last. */
export function createListWorkspacesAction(options: AgentActionOptions): void {
  const { actionsRegistry, services } = options;
  actionsRegistry.register({
    name: 'list-workspaces',
    title: 'List workspaces',
    attributes: { readOnly: true, destructive: false, idempotent: true },
    description: `
Lists the workspaces that the user may read, newest first, each with its apps, its dependencies, what was observed of them, and its newest run with the cause where that failed.
A workspace is an isolated place where apps run; its name begins with "ws-". This changes nothing.

Use it to find the exact name of a workspace before any other action, to see what runs, or to find what has failed.
States are what was observed at "observedAt". "unknown" means that nobody could look: do not say that it runs or that it is down.
A workspace that the user may not read is not in the list; say that you cannot see it, not that it does not exist.

Examples:
- "Which of my workspaces have failed?": call without filters and look at lastRun.state; then explain-run with lastRun.id.
- "Does the shop run?": text "shop"; look at the replicas of its apps.
- More than one page: call again with cursor set to nextCursor and the same filters.`.trim(),
    schema: {
      input: zod =>
        zod
          .object({
            text: zod
              .string()
              .min(1)
              .max(63)
              .optional()
              .describe(
                'Part of the name of a workspace or of one of its apps; case is ignored.',
              ),
            name: zod
              .string()
              .max(63)
              .optional()
              .describe('The exact name of a workspace.'),
            owner: zod
              .string()
              .max(200)
              .optional()
              .describe(
                'Entity ref of the owner, e.g. "group:default/team-a".',
              ),
            engine: zod
              .string()
              .max(40)
              .optional()
              .describe('Id of the engine, e.g. "local".'),
            limit: zod
              .number()
              .int()
              .min(1)
              .max(200)
              .optional()
              .describe(`Workspaces per page; ${DEFAULT_LIMIT} if absent.`),
            cursor: zod
              .string()
              .max(1000)
              .optional()
              .describe('The nextCursor of the page before.'),
          })
          .strict(),
      output: workspacesOutput,
    },
    examples: [
      {
        title: 'Find a workspace by a part of its name',
        input: { text: 'shop' },
      },
      {
        title: 'What a team owns',
        input: { owner: 'group:default/team-a', limit: 50 },
      },
    ],
    action: async ({ input, credentials }) => {
      refuseNul(input);
      const caller = services.authorizer.readerOf(credentials);
      return {
        output: await listWorkspaces(services, caller, {
          ...input,
          limit: input.limit ?? DEFAULT_LIMIT,
        }),
      };
    },
  });
}
