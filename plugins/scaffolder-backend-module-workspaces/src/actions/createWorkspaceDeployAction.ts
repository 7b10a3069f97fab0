import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import {
  componentRef,
  WORKSPACE_PREFIX,
  type Run,
} from '@slipway/backstage-plugin-workspaces-common';
import { Core, type CoreServices } from '../core/Core';
import { runPath } from '../runs/runPath';
import { followRun, requestKey, runOfStep } from '../runs/stepRun';
import { examples } from './createWorkspaceDeployAction.examples';
import { sourceSchema } from './schema';

const ID = 'workspace:deploy';

/** `workspace:deploy`: starts a run that deploys the apps of a workspace, and follows it. */
export function createWorkspaceDeployAction(
  services: CoreServices & { portalUrl: string },
) {
  return createTemplateAction({
    id: ID,
    description:
      'Deploys the apps of a workspace, writes the stages of the run into the log and ends when the apps answer. A retry of the task retries the run; cancelling the task cancels it.',
    examples,
    supportsDryRun: true,
    schema: {
      input: {
        workspace: z => z.string().describe('Name or id of the workspace'),
        apps: z =>
          z
            .array(
              z.object({
                name: z.string(),
                source: sourceSchema(z)
                  .optional()
                  .describe("Becomes the app's source; what it has if absent"),
              }),
            )
            .optional()
            .describe('All apps if absent'),
        reason: z =>
          z.string().optional().describe('Shown as the title of the run'),
        wait: z =>
          z
            .boolean()
            .optional()
            .describe(
              'false ends the step when the run was accepted, with the link to it; true if absent',
            ),
      },
      output: {
        run: z => z.string().describe('Id of the run'),
        state: z =>
          z
            .string()
            .describe(
              'succeeded; how the run stands where it is not waited for',
            ),
        runUrl: z =>
          z.string().describe('Path in the portal of the page of the run'),
        entityRef: z =>
          z.string().describe('Entity of the first app of the run'),
        endpoints: z =>
          z
            .array(z.object({ app: z.string(), url: z.string() }))
            .optional()
            .describe(
              'Where the apps of the run answer; absent where it is not waited for',
            ),
        url: z =>
          z.string().optional().describe('Address of the first endpoint'),
      },
    },
    async handler(ctx) {
      const { workspace, apps, reason, wait = true } = ctx.input;
      if (ctx.isDryRun) {
        const app = apps?.[0]?.name ?? workspace.replace(WORKSPACE_PREFIX, '');
        const entityRef = componentRef(workspace, app);
        ctx.logger.info(`Would deploy ${workspace}`);
        ctx.output('run', 'dry-run');
        ctx.output('state', 'succeeded');
        ctx.output('runUrl', runPath({ number: 1 }, entityRef));
        ctx.output('entityRef', entityRef);
        ctx.output('endpoints', [{ app, url: 'http://localhost' }]);
        ctx.output('url', 'http://localhost');
        return;
      }
      const core = new Core(services, await ctx.getInitiatorCredentials());
      const body = { apps, reason };
      const idempotencyKey = requestKey(ctx, ID, { workspace, ...body });
      const started = await runOfStep(ctx, core, idempotencyKey, () =>
        core.asUser((api, options) =>
          api.startRun(
            { path: { workspace }, header: { idempotencyKey }, body },
            options,
          ),
        ),
      );
      const { run } = started;
      const entityRef = await entityOf(core, run);
      const runUrl = runPath(run, entityRef);
      const page = services.portalUrl + runUrl;
      ctx.logger.info(`Run ${run.number} of ${run.workspaceName}: ${page}`);
      ctx.output('run', run.id);
      ctx.output('runUrl', runUrl);
      ctx.output('entityRef', entityRef);
      if (!wait) {
        ctx.output('state', run.state);
        return;
      }
      const { state } = await followRun(ctx, core, started, page);
      const endpoints = await endpointsOf(core, run);
      for (const { app, url } of endpoints)
        ctx.logger.info(`${app} answers at ${url}`);
      ctx.output('state', state);
      ctx.output('endpoints', endpoints);
      ctx.output('url', endpoints[0]?.url);
    },
  });
}

/** Entity of the first app of a run. */
async function entityOf(core: Core, run: Run): Promise<string> {
  const path = { workspace: run.workspace };
  const { apps } = await core.read((api, options) =>
    api.getWorkspace({ path }, options),
  );
  const [first] = run.apps;
  return (
    apps.find(app => app.name === first)?.entityRef ??
    componentRef(run.workspaceName, first)
  );
}

/** Where the apps of a run answer, in the order of the run. */
async function endpointsOf(
  core: Core,
  run: Run,
): Promise<{ app: string; url: string }[]> {
  const query = { workspace: run.workspace };
  const { items } = await core.read((api, options) =>
    api.listEndpoints({ query }, options),
  );
  return run.apps.flatMap(app =>
    items.flatMap(endpoint =>
      endpoint.app === app && endpoint.url ? [{ app, url: endpoint.url }] : [],
    ),
  );
}
