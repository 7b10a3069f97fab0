import type { InstalledEngine } from '../workspaces/Engines';
import type { RunTimes } from './RunTimes';
import type { RunServices } from './services';
import type { StageBuilder, StageEngine } from './stage';

/**
 * Engine and builder as stages call them: no call begins when the run is not held any
 * more, and the time in which calls are open is counted.
 */
export function measuredEngine(options: {
  find: () => Promise<InstalledEngine>;
  times: RunTimes;
  assertHeld: () => Promise<void>;
}): { engine: StageEngine; builder: StageBuilder } {
  const { find, times, assertHeld } = options;

  async function* stream<T>(
    open: (installed: InstalledEngine) => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    const installed = await find();
    await assertHeld();
    times.callBegins();
    try {
      yield* open(installed);
    } finally {
      times.callEnds();
    }
  }

  async function call<T>(
    begin: (installed: InstalledEngine) => Promise<T>,
  ): Promise<T> {
    const installed = await find();
    await assertHeld();
    return times.during(() => begin(installed));
  }

  return {
    engine: {
      apply: (...args) => stream(({ engine }) => engine.apply(...args)),
      plan: (...args) => call(({ engine }) => engine.plan(...args)),
      runJob: (...args) => stream(({ engine }) => engine.runJob(...args)),
      destroy: (...args) => call(({ engine }) => engine.destroy(...args)),
      cancel: key => call(({ engine }) => engine.cancel(key)),
    },
    builder: {
      build: (...args) => stream(({ builder }) => builder.build(...args)),
      cancel: key => call(({ builder }) => builder.cancel(key)),
    },
  };
}

/** Endpoints as stages use them: what an engine does itself to publish an app counts as its time. */
export function measuredEndpoints(
  endpoints: RunServices['endpoints'],
  times: RunTimes,
): RunServices['endpoints'] {
  return {
    find: (...args) => endpoints.find(...args),
    ofWorkspace: (...args) => endpoints.ofWorkspace(...args),
    reserve: (...args) => endpoints.reserve(...args),
    drained: (...args) => endpoints.drained(...args),
    publicUrl: (...args) => endpoints.publicUrl(...args),
    switchTo: (workspaceId, app, target) =>
      endpoints.switchTo(workspaceId, app, target, call => times.during(call)),
  };
}
