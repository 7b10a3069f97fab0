import { Wakeup } from '../../store/Wakeup';
import { DEFAULT_APP_PORT } from '../../workspaces/environment';
import type { StageContext, StageWork } from '../stage';
import { fallBack } from './fallBack';

const PROBE_TIMEOUT = 5_000;
const LOOK_AGAIN = 250;

/** Gives the app its address and leads it to the release that is ready. */
export const expose: StageWork = {
  async run(context) {
    const { run, app, spec, services } = context;
    const reserved = await services.endpoints.reserve({
      workspaceId: run.workspace_id,
      app,
      port: spec.port ?? DEFAULT_APP_PORT,
      stablePort: spec.stablePort,
    });
    const release = Number(context.outputsOf('deploy').release);
    await services.endpoints.switchTo(run.workspace_id, app, release);
    const url = services.endpoints.publicAddress(reserved)?.url;
    if (url === undefined) return { outputs: { endpoint: reserved.id } };
    context.log(`${app} is to answer at ${url}`);
    if (spec.replicas !== 0) await untilAnswered(context, url);
    return { outputs: { endpoint: reserved.id, url } };
  },
  undo: fallBack,
};

/** Whatever the app answers: that the answer is a good one is for verify to see. */
async function untilAnswered(
  context: StageContext,
  url: string,
): Promise<void> {
  const { services, engineContext } = context;
  const { signal } = engineContext;
  const wakeup = new Wakeup(services.changes, ['endpoints']);
  try {
    for (let seen = ''; ; ) {
      const probe = await services.probe(url, {
        signal,
        timeout: PROBE_TIMEOUT,
      });
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
      await wakeup.wait(LOOK_AGAIN, signal);
      signal.throwIfAborted();
    }
  } finally {
    wakeup.close();
  }
}
