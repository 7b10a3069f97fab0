import type { InstalledEngine } from '../workspaces/Engines';
import type { RunTimes } from './RunTimes';
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
    times.callBegins();
    try {
      return await begin(installed);
    } finally {
      times.callEnds();
    }
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
