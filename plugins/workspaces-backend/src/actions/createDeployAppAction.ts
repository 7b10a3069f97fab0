import { startRun } from '../api/changeRuns';
import { refuseNul } from '../api/validation';
import { askingByAgent, type AgentActionOptions } from './AgentAction';
import { sourceInput } from './inputs';
import { runOutput } from './outputs';

/** `deploy-app`: starts a run that deploys one app. */
export function createDeployAppAction(options: AgentActionOptions): void {
  const { actionsRegistry, services } = options;
  actionsRegistry.register({
    name: 'deploy-app',
    title: 'Deploy an app',
    attributes: { readOnly: false, destructive: true, idempotent: false },
    description: `
Starts a run that fetches, builds and deploys one app of a workspace that is there, and answers before anything slow happens. The new release replaces the one that serves as soon as it was verified; where it fails, the old one serves on. A migration of the app is carried out and not undone.
This changes what users see: ask the user first unless that is plainly what was asked for. It needs the permission workspaces.workspace.deploy.

Without "source" the app is built anew from the source that it has. A source that is given replaces it for good: "git" with url and perhaps revision, "zip" with the https address of an archive, "upload" with the id that an upload to the portal answered. A private source takes the id of a secret as token, never the token itself.
The answer is the run, which is queued. Follow it with explain-run until it has succeeded, failed or been cancelled, and say that the app is deployed only then.
Give an idempotencyKey of your own and repeat the call with it if no answer came: nothing is started twice. A different request needs another key.

Examples:
- "Deploy the shop again": workspace "ws-shop", app "web".
- "Deploy tag v1.2": workspace "ws-shop", app "web", source { "type": "git", "url": "https://git.example.com/shop.git", "revision": "v1.2" }.
- "Deploy what I uploaded": source { "type": "upload", "upload": "<id>" }.`.trim(),
    schema: {
      input: zod =>
        zod
          .object({
            workspace: zod
              .string()
              .min(1)
              .max(63)
              .describe('Name of the workspace, e.g. "ws-shop".'),
            app: zod
              .string()
              .min(1)
              .max(40)
              .describe('Name of the app within the workspace, e.g. "web".'),
            source: sourceInput(zod)
              .optional()
              .describe(
                'Replaces the source of the app; what it has if absent.',
              ),
            reason: zod
              .string()
              .max(500)
              .optional()
              .describe('Why; people read it as the title of the run.'),
            idempotencyKey: zod
              .string()
              .min(1)
              .max(200)
              .optional()
              .describe('The same key and request start one run only.'),
          })
          .strict(),
      output: runOutput,
    },
    examples: [
      {
        title: 'Build and deploy anew',
        input: { workspace: 'ws-shop', app: 'web' },
      },
      {
        title: 'Deploy a tag',
        input: {
          workspace: 'ws-shop',
          app: 'web',
          source: {
            type: 'git',
            url: 'https://git.example.com/shop.git',
            revision: 'v1.2',
          },
          reason: 'Release v1.2',
          idempotencyKey: 'shop-v1.2',
        },
      },
    ],
    action: async ({ input, credentials }) => {
      refuseNul(input);
      const { workspace, app, source, reason, idempotencyKey } = input;
      const asking = askingByAgent(
        services,
        credentials,
        'deploy-app',
        idempotencyKey,
      );
      const body = { apps: [{ name: app, source }], reason };
      return { output: await startRun(services, asking, workspace, body) };
    },
  });
}
