import { planWorkspace } from '../api/plan';
import { refuseNul } from '../api/validation';
import type { AgentActionOptions } from './AgentAction';
import { workspaceInput } from './inputs';
import { planOutput } from './outputs';

/** `plan-workspace`: what a new workspace would bring up. */
export function createPlanWorkspaceAction(options: AgentActionOptions): void {
  const { actionsRegistry, services } = options;
  actionsRegistry.register({
    name: 'plan-workspace',
    title: 'Plan a workspace',
    attributes: { readOnly: true, destructive: false, idempotent: true },
    description: `
Checks the specification of a new workspace and says what it would bring up: the stages of its first run, what the engine would create, and the checks that must hold. Nothing is stored, fetched or started.

Use it before a workspace is created, to find mistakes in a specification, and to answer whether the installation could carry it out.
What is wrong is an error that names the field and the fix, e.g. that a name is taken or that the user does not own by the given owner. A check in state "failed" says what would make the run fail, and its fix.
It does not create the workspace. The user may create it in the portal with the template "New workspace app".

Examples:
- "Could I run this repository with a database?": name "ws-shop", dependencies [{ "type": "postgres" }], apps [{ "name": "web", "source": { "type": "git", "url": "https://git.example.com/shop.git" } }].
- Only whether a name is free: name "ws-shop".
Never put a password or token into a value; refer to a secret by its id.`.trim(),
    schema: { input: workspaceInput, output: planOutput },
    examples: [
      {
        title: 'An app with a database',
        input: {
          name: 'ws-shop',
          dependencies: [{ type: 'postgres' }],
          apps: [
            {
              name: 'web',
              port: 3000,
              source: {
                type: 'git',
                url: 'https://git.example.com/shop.git',
                revision: 'main',
              },
            },
          ],
        },
      },
    ],
    action: async ({ input, credentials }) => {
      refuseNul(input);
      const caller = services.authorizer.userOf(credentials);
      return { output: await planWorkspace(services, caller, input) };
    },
  });
}
