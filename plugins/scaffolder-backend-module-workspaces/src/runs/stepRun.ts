import type { ActionContext } from '@backstage/plugin-scaffolder-node';
import type { JsonObject } from '@backstage/types';
import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import { createHash } from 'node:crypto';
import type { Core } from '../core/Core';
import { RunFailedError } from './RunFailedError';
import { RunLog } from './RunLog';
import { RunWatch } from './RunWatch';

type Step = Pick<
  ActionContext<JsonObject>,
  'checkpoint' | 'logger' | 'signal' | 'step' | 'task'
>;

/** The run of a step. */
export interface StepRun {
  run: Run;
  /** How it had ended when the step was carried out before; absent where it was not retried. */
  before?: Run;
}

/**
 * Key of a request that a step makes: the same when the scaffolder recovers or retries the
 * task, another one for each iteration of a step with `each`.
 */
export function requestKey(
  { task, step }: Pick<Step, 'task' | 'step'>,
  action: string,
  request: unknown,
): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([step?.id, action, request]))
    .digest('hex');
  return `scaffolder:${task.id}:${hash}`;
}

/**
 * The run that a step starts, or has started when it was carried out before. One that did
 * not succeed then is retried: that is what a retry of the task asks for.
 */
export async function runOfStep(
  ctx: Step,
  core: Core,
  key: string,
  start: () => Promise<Run>,
): Promise<StepRun> {
  let accepted: Run | undefined;
  const { id } = await ctx.checkpoint({
    key: `run:${key}`,
    fn: async () => {
      accepted = await start();
      return { id: accepted.id };
    },
  });
  const path = { runId: id };
  const run =
    accepted ??
    (await core.read((api, options) => api.getRun({ path }, options)));
  if (run.state !== 'failed' && run.state !== 'cancelled') return { run };
  ctx.logger.info(`Run ${run.number} ${run.state} before and is retried`);
  const retried = await core.asUser((api, options) =>
    api.retryRun({ path, body: {} }, options),
  );
  return { run: retried, before: run };
}

/**
 * Follows the run of a step and writes its stages into the log of the task. It is cancelled
 * with the task.
 * @throws RunFailedError where it does not succeed; `page` is the address where to see it
 */
export async function followRun(
  { logger, signal }: Step,
  core: Core,
  { run, before }: StepRun,
  page: string | undefined,
): Promise<Run> {
  const log = new RunLog(logger, before);
  const options = { core, log, logger, cancel: signal };
  const ended = await RunWatch.untilEnded(run, options);
  if (ended.state !== 'succeeded') throw new RunFailedError(ended, page);
  return ended;
}
