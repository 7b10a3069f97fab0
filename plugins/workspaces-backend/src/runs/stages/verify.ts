import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { seenOf, type ProbeResult } from '../../endpoints/probe';
import type { StageContext, StageWork } from '../stage';
import { fallBack } from './fallBack';
import { deployedRelease } from './release';

const ANSWERS_IN_A_ROW = 3;
const PROBE_TIMEOUT = 10_000;
const BETWEEN_PROBES = 25;
const LONGEST_PAUSE = 1_000;

/**
 * Looks at the app as its users do: three good answers in a row through its public
 * address, and no restart meanwhile. From then on the release is the one that serves.
 */
export const verify: StageWork = {
  async run(context) {
    const { run, app, services } = context;
    const { number, replicas, spec } = await deployedRelease(context);
    const { url } = context.outputsOf('expose');
    // Where an earlier watcher of this stage had given up already.
    const target = { release: number, replicas };
    await services.endpoints.switchTo(run.workspace_id, app, target);
    if (url !== undefined && replicas > 0) {
      const healthUrl = new URL(spec.healthPath ?? '/', String(url));
      await untilHealthy(context, healthUrl.href, number);
    }
    context.log(
      replicas > 0
        ? `Release ${number} of ${app} serves`
        : `${app} is stopped: release ${number} has no replica`,
    );
    return {
      outputs: { release: number },
      alongside: trx =>
        services.workspaces.setServing(run.workspace_id, app, target, trx),
    };
  },
  undo: fallBack,
};

async function untilHealthy(
  context: StageContext,
  url: string,
  release: number,
): Promise<void> {
  const { signal } = context.engineContext;
  const restartsBefore = await restartsOf(context, release);
  let seen = '';
  let pause = BETWEEN_PROBES;
  for (let answers = 0; answers < ANSWERS_IN_A_ROW; ) {
    const probe = seenOf(
      await context.services.probe(url, { signal, timeout: PROBE_TIMEOUT }),
      release,
    );
    signal.throwIfAborted();
    answers = probe.ok ? answers + 1 : 0;
    pause = probe.ok ? BETWEEN_PROBES : Math.min(pause * 2, LONGEST_PAUSE);
    if (probe.message !== seen) tell(context, url, probe);
    seen = probe.message;
    await refuseRestarts(context, release, restartsBefore);
    if (answers < ANSWERS_IN_A_ROW) await sleep(pause, undefined, { signal });
  }
}

function tell(context: StageContext, url: string, probe: ProbeResult): void {
  context.log(`${url}: ${probe.message}`);
  if (probe.ok) return;
  context.saw({
    kind: 'probe',
    source: url,
    at: new Date().toISOString(),
    text: probe.message,
    ...(probe.status !== undefined && { facts: { status: probe.status } }),
  });
}

async function refuseRestarts(
  context: StageContext,
  release: number,
  before: number,
): Promise<void> {
  const restarts = await restartsOf(context, release);
  if (restarts <= before) return;
  const message = `Release ${release} of ${context.app} restarted while it was verified`;
  throw new EngineError(message, {
    evidence: [
      {
        kind: 'state',
        source: `release ${release} of ${context.app}`,
        at: new Date().toISOString(),
        text: message,
        first: true,
        facts: { restarts },
      },
    ],
  });
}

/** Restarts of all replicas of the release, as the engine has said last. */
async function restartsOf(
  context: StageContext,
  release: number,
): Promise<number> {
  const { workspace } = await context.rows();
  const { observation } = context.services.observer.view(
    workspace.engine,
    workspace.name,
  );
  const app = observation?.apps.find(each => each.name === context.app);
  return (app?.replicas ?? [])
    .filter(replica => replica.release === release)
    .reduce((sum, replica) => sum + replica.restarts, 0);
}
