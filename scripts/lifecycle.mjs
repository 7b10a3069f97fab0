// One frame for every script: expected failures end with a readable message,
// Ctrl-C and a failure undo what was started, in reverse order, exactly once.
import { Problem, beginStop, report, say } from './terminal.mjs';

const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Runs a script. `work` gets
 * - `signal`: aborted when the script shall end (Ctrl-C, kill),
 * - `onExit(undo)`: registers what must be undone when the script ends,
 * - `untilStopped()`: a promise that ends with Ctrl-C, for scripts that stay.
 * `work` may return the exit code.
 */
export async function main(work) {
  const undos = [];
  const stopping = new AbortController();
  let exitCode = 0;
  let staying = false;

  for (const [name, code] of Object.entries(signals)) {
    // npm passes a Ctrl-C on that the terminal has already sent to everybody,
    // so a second signal is normal and must not cut the clean end short.
    process.on(name, () => {
      if (!stopping.signal.aborted) {
        exitCode = staying && name === 'SIGINT' ? 0 : code;
        beginStop();
        stopping.abort();
      }
    });
  }
  const stopped = new Promise(resolve => {
    stopping.signal.addEventListener('abort', resolve, { once: true });
  });

  try {
    const done = work({
      signal: stopping.signal,
      onExit: undo => undos.push(undo),
      untilStopped: () => {
        staying = true;
        return stopped;
      },
    });
    const result = await Promise.race([done, stopped]);
    if (stopping.signal.aborted) {
      done.catch(() => {}); // its failure is the stop itself
      say();
    } else {
      exitCode = typeof result === 'number' ? result : 0;
    }
  } catch (error) {
    if (!stopping.signal.aborted) {
      report(error);
      exitCode = 1;
    }
  }

  for (const undo of undos.reverse()) {
    try {
      await undo();
    } catch (error) {
      report(error);
      exitCode ||= 1;
    }
  }
  process.exit(exitCode);
}

/** Refuses options that the script does not know. */
export function readOptions(known, values = process.argv.slice(2)) {
  const unknown = values.find(value => !known.includes(value));
  if (unknown !== undefined) {
    throw new Problem(`Unknown option ${unknown}.`, {
      fix: known.length
        ? `Accepted here: ${known.join(', ')}.`
        : 'This command takes no options.',
    });
  }
  return new Set(values);
}
