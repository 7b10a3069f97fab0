/** A stage that is stopped together with its work. */
export abstract class StageStopped extends Error {}

/** Somebody cancelled the run. */
export class StageCancelled extends StageStopped {
  readonly name = 'StageCancelled';

  constructor() {
    super('the run was cancelled');
  }
}

/** The stage took longer than it may. */
export class DeadlinePassed extends StageStopped {
  readonly name = 'DeadlinePassed';

  constructor(seconds: number) {
    super(`no answer within ${seconds} s`);
  }
}

/** The worker stops, and leaves the work to another. */
export class WorkerStopped extends Error {
  readonly name = 'WorkerStopped';

  constructor() {
    super('the worker stops');
  }
}

/**
 * The work, or the signal's reason where the work does not end within the grace after
 * the signal has aborted. Nobody hears of a work that ends later.
 */
export function endedAfterAbort<T>(
  work: Promise<T>,
  signal: AbortSignal,
  graceMilliseconds: number,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const limit = () => {
      timer = setTimeout(() => reject(signal.reason), graceMilliseconds);
    };
    if (signal.aborted) limit();
    else signal.addEventListener('abort', limit, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', limit);
    });
  });
}
