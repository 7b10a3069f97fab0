import { InputError } from '@backstage/errors';
import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { Core, type CoreServices } from '../core/Core';
import { runPath } from '../runs/runPath';
import { followRun, requestKey, runOfStep } from '../runs/stepRun';
import { examples } from './createWorkspaceDeleteAction.examples';

const ID = 'workspace:delete';

/** `workspace:delete`: removes a workspace with everything in it. */
export function createWorkspaceDeleteAction(
  services: CoreServices & { portalUrl: string },
) {
  return createTemplateAction({
    id: ID,
    description:
      'Removes a workspace with its apps, databases, volumes and secrets. A deletion that has begun cannot be cancelled.',
    examples,
    supportsDryRun: true,
    schema: {
      input: {
        workspace: z => z.string().describe('Name or id of the workspace'),
        confirm: z =>
          z.string().describe('The name of the workspace once more'),
        wait: z =>
          z
            .boolean()
            .optional()
            .describe(
              'false ends the step when the run was accepted; true if absent',
            ),
      },
      output: {
        run: z => z.string().describe('Id of the run that deletes'),
        state: z =>
          z
            .string()
            .describe(
              'succeeded; how the run stands where it is not waited for',
            ),
      },
    },
    async handler(ctx) {
      const { workspace, confirm, wait = true } = ctx.input;
      const core = new Core(services, await ctx.getInitiatorCredentials());
      const key = requestKey(ctx, ID, { workspace });
      // When it is gone its name may be another's: the step keeps to the workspace that it found at first.
      const { id, name, entityRef } = await ctx.checkpoint({
        key: `workspace:${key}`,
        fn: () => find(core, workspace),
      });
      if (ctx.isDryRun) {
        if (confirm !== name)
          throw new InputError(
            `confirm: must be the name of the workspace, "${name}"`,
          );
        ctx.logger.info(`Would delete ${name}`);
        ctx.output('run', 'dry-run');
        ctx.output('state', 'succeeded');
        return;
      }
      const started = await runOfStep(ctx, core, key, () =>
        core.asUser((api, options) =>
          api.deleteWorkspace(
            { path: { workspace: id }, query: { confirm } },
            options,
          ),
        ),
      );
      const { run } = started;
      const page = entityRef && services.portalUrl + runPath(run, entityRef);
      ctx.logger.info(
        `Run ${run.number} deletes ${name}${page ? `: ${page}` : ''}`,
      );
      ctx.output('run', run.id);
      const { state } = wait ? await followRun(ctx, core, started, page) : run;
      ctx.output('state', state);
    },
  });
}

async function find(core: Core, workspace: string) {
  const { id, name, apps } = await core.asUser((api, options) =>
    api.getWorkspace({ path: { workspace } }, options),
  );
  return { id, name, entityRef: apps[0]?.entityRef ?? '' };
}
