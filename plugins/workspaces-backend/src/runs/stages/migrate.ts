import {
  EngineError,
  type EngineJob,
  type JobEvent,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  appResources,
  environmentOf,
  filesOf,
} from '../../workspaces/desiredState';
import type { StageContext, StageWork } from '../stage';

/** Runs the app's migration with the new image and exactly the app's environment. */
export const migrate: StageWork = {
  async run(context) {
    const command = context.spec.migration?.command;
    if (!command) return { skipped: 'the app has no migration' };
    const job = await jobOf(context, command);
    for await (const event of context.engine.runJob(
      job,
      context.engineContext,
    )) {
      if (event.type === 'log' && !context.isInLog(event.at)) {
        await context.log(event.text, event.at);
      }
      if (event.type !== 'exit') continue;
      if (event.exitCode !== 0)
        throw failure(context, event, await servingOf(context));
      return { outputs: { exitCode: 0 } };
    }
    throw new Error('The job ended without an exit code and without a failure');
  },
};

async function jobOf(
  context: StageContext,
  command: string[],
): Promise<EngineJob> {
  const { app, spec, services } = context;
  const rows = await context.rows();
  return {
    workspace: rows.workspace.name,
    app,
    image: String(context.outputsOf('build').image),
    platform: spec.build?.platform,
    command,
    environment: environmentOf(rows, spec, services.settings),
    files: filesOf(spec),
    resources: appResources(rows.workspace, services.settings),
  };
}

/** The release that goes on as it was; at a first deployment there is none. */
async function servingOf({
  app,
  rows,
}: StageContext): Promise<number | undefined> {
  const { apps } = await rows();
  return apps.find(row => row.name === app)?.serving_release ?? undefined;
}

function failure(
  context: StageContext,
  exit: Extract<JobEvent, { type: 'exit' }>,
  serving: number | undefined,
): EngineError {
  const { exitCode, outOfMemory } = exit;
  const why = outOfMemory ? ': it was out of memory' : '';
  const message = `The migration of ${context.app} ended with exit code ${exitCode}${why}`;
  return new EngineError(message, {
    evidence: [
      {
        kind: 'state',
        source: `migration of ${context.app}`,
        at: new Date().toISOString(),
        text: message,
        first: true,
        facts: {
          exitCode,
          outOfMemory,
          ...(serving !== undefined && { serving }),
        },
      },
      ...context.logTail(),
    ],
  });
}
