import { seenOf } from '../../endpoints/probe';
import { Wakeup } from '../../store/Wakeup';
import { DEFAULT_APP_PORT } from '../../workspaces/environment';
import type { StageContext, StageWork } from '../stage';
import { fallBack } from './fallBack';
import { deployedRelease } from './release';

const PROBE_TIMEOUT = 5_000;
/** Pauses grow, because the address is most often led over at once. */
const SHORTEST_PAUSE = 10;
const LONGEST_PAUSE = 250;

/**
 * Gives the app its address and leads it to what is ready. Replicas that are to go get no
 * more requests from here on, and go when the run settles.
 */
export const expose: StageWork = {
  async run(context) {
    const { run, app, services } = context;
    const { number, replicas, spec } = await deployedRelease(context);
    const reserved = await services.endpoints.reserve({
      workspaceId: run.workspace_id,
      app,
      port: spec.port ?? DEFAULT_APP_PORT,
      stablePort: spec.stablePort,
    });
    const target = { release: number, replicas };
    const switched = await services.endpoints.switchTo(
      run.workspace_id,
      app,
      target,
    );
    const url = services.endpoints.publicUrl(switched);
    if (url === undefined) return { outputs: { endpoint: reserved.id } };
    if (replicas > 0) {
      context.log(`${app} is to answer at ${url}`);
      await untilAnswered(context, url, number);
    }
    return { outputs: { endpoint: reserved.id, url } };
  },
  undo: fallBack,
};

/** Whatever the release answers: that the answer is a good one is for verify to see. */
async function untilAnswered(
  context: StageContext,
  url: string,
  release: number,
): Promise<void> {
  const { services, engineContext } = context;
  const { signal } = engineContext;
  const wakeup = new Wakeup(services.changes, ['endpoints']);
  try {
    let seen = '';
    for (
      let pause = SHORTEST_PAUSE;
      ;
      pause = Math.min(pause * 2, LONGEST_PAUSE)
    ) {
      const probe = seenOf(
        await services.probe(url, { signal, timeout: PROBE_TIMEOUT }),
        release,
      );
      signal.throwIfAborted();
      if (probe.status !== undefined) return;
      if (probe.message !== seen) {
        context.log(`Not yet: ${probe.message}`);
        context.saw({
          kind: 'probe',
          source: url,
          at: new Date().toISOString(),
          text: probe.message,
        });
        seen = probe.message;
      }
      await wakeup.wait(pause, signal);
      signal.throwIfAborted();
    }
  } finally {
    wakeup.close();
  }
}
