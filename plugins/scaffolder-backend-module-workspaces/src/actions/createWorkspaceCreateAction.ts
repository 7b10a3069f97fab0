import { InputError } from '@backstage/errors';
import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import {
  componentRef,
  workspaceFromForm,
  type NewWorkspace,
  type WorkspaceForm,
} from '@slipway/backstage-plugin-workspaces-common';
import { Core, type CoreServices } from '../core/Core';
import { requestKey } from '../runs/stepRun';
import { appSchema, dependencySchema, formSchema, sizeSchema } from './schema';
import { examples } from './createWorkspaceCreateAction.examples';

const ID = 'workspace:create';

/** `workspace:create`: stores a workspace with its apps. Nothing is brought up before it is deployed. */
export function createWorkspaceCreateAction(services: CoreServices) {
  return createTemplateAction({
    id: ID,
    description:
      'Creates a workspace with its apps and dependencies, either from the parameters of the form (`form`) or from fields of its own. Nothing is brought up before `workspace:deploy`.',
    examples,
    supportsDryRun: true,
    schema: {
      input: {
        form: z =>
          formSchema(z)
            .optional()
            .describe(
              'The parameters of the template as they are, `${{ parameters }}`, by the names that the field WorkspacePlan knows. Instead of all other fields.',
            ),
        name: z => z.string().optional().describe('`ws-` and a DNS label'),
        owner: z =>
          z
            .string()
            .optional()
            .describe(
              'Entity ref among the ownership refs of whoever starts the task; they themselves if absent',
            ),
        engine: z =>
          z
            .string()
            .optional()
            .describe(
              'The default engine if absent, or the only installed one',
            ),
        size: z => sizeSchema(z).optional(),
        dependencies: z => z.array(dependencySchema(z)).optional(),
        apps: z => z.array(appSchema(z)).optional(),
      },
      output: {
        id: z => z.string().describe('Id of the workspace'),
        name: z => z.string().describe('Name of the workspace'),
        entityRef: z =>
          z
            .string()
            .optional()
            .describe('Entity of its first app; absent if it has none'),
        entityRefs: z => z.array(z.string()).describe('Entities of its apps'),
      },
    },
    async handler(ctx) {
      const workspace = workspaceOf(ctx.input);
      const core = new Core(services, await ctx.getInitiatorCredentials());
      const key = requestKey(ctx, ID, workspace);
      const { id, name, entityRefs } = ctx.isDryRun
        ? await plan(core, workspace, line => ctx.logger.info(line))
        : await ctx.checkpoint({
            key: `workspace:${key}`,
            fn: () => create(core, workspace, key),
          });
      ctx.logger.info(
        `Workspace ${name}: ${entityRefs.join(', ') || 'no app'}`,
      );
      ctx.output('id', id);
      ctx.output('name', name);
      ctx.output('entityRef', entityRefs[0]);
      ctx.output('entityRefs', entityRefs);
    },
  });
}

interface Created {
  id: string;
  name: string;
  entityRefs: string[];
}

function workspaceOf({
  form,
  name,
  ...others
}: { form?: WorkspaceForm } & Partial<NewWorkspace>): NewWorkspace {
  if (form && (name !== undefined || Object.keys(others).length > 0)) {
    throw new InputError(
      `form: is given together with ${Object.keys({ name, ...others }).join(
        ', ',
      )}; give either the form or the fields of the workspace`,
    );
  }
  if (form) return workspaceFromForm(form);
  if (name === undefined)
    throw new InputError('name: is required where no form is given');
  return { name, ...others };
}

async function create(core: Core, body: NewWorkspace, idempotencyKey: string) {
  const { id, name, apps } = await core.asUser((api, options) =>
    api.createWorkspace({ body, header: { idempotencyKey } }, options),
  );
  return { id, name, entityRefs: apps.map(app => app.entityRef) };
}

/** What would be created, after the core has said that it can be, and with what. */
async function plan(
  core: Core,
  body: NewWorkspace,
  say: (line: string) => void,
): Promise<Created> {
  const { stages, changes, checks } = await core.asUser((api, options) =>
    api.planWorkspace({ body }, options),
  );
  for (const { action, kind, name } of changes)
    say(`Would ${action} ${kind} ${name}`);
  for (const { state, title, message } of checks)
    say(`Check ${state}: ${title}: ${message}`);
  say(`A deployment would go through ${stages.join(', ')}`);
  return {
    id: 'dry-run',
    name: body.name,
    entityRefs: (body.apps ?? []).map(app => componentRef(body.name, app.name)),
  };
}
