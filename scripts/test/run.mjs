// Runs suites one after the other, says how each ended, and ends with the sum
// of all reports: "N passed, N failed, N skipped".
import { main } from '../lifecycle.mjs';
import {
  Problem,
  bold,
  dim,
  failed,
  formatDuration,
  openLine,
  report,
  say,
  succeeded,
} from '../terminal.mjs';

const failuresShown = 20;
const linesPerFailure = 8;

/**
 * The suites that the arguments choose: those after --only, with --all all of
 * them, else those that are not marked as `long`.
 */
export function chooseSuites(suites, values, command) {
  if (values.length === 0) {
    return suites.filter(({ long }) => !long);
  }
  const [option, list] = values;
  if (option === '--all' && values.length === 1) {
    return suites;
  }
  const names = suites.map(({ name }) => name);
  const chosen = list?.split(',') ?? [];
  const unknown = chosen.filter(name => !names.includes(name));
  if (option !== '--only' || values.length !== 2 || unknown.length > 0) {
    throw new Problem(`Unknown arguments: ${values.join(' ')}.`, {
      fix: `${command} -- --all, or ${command} -- --only ${names.join(
        ',',
      )} (one or more of them)`,
    });
  }
  return suites.filter(({ name }) => chosen.includes(name));
}

/** The first lines of a failure's message, without frames of libraries. */
function summarize(message) {
  return `${message}`
    .replace(/\u001b\[[0-9;]*m/g, '')
    .trim()
    .split('\n')
    .filter(line => !/^\s+at .*(node_modules|node:internal)/.test(line))
    .slice(0, linesPerFailure)
    .map(line => line.slice(0, 300));
}

function sayDetails({ failures, skips, log }) {
  for (const { title, message } of failures.slice(0, failuresShown)) {
    say(`      ${failed} ${title}`);
    summarize(message).forEach(line => say(dim(`          ${line}`)));
  }
  if (failures.length > failuresShown) {
    say(`      and ${failures.length - failuresShown} more failed`);
  }
  skips.forEach(title => say(dim(`      skipped: ${title}`)));
  if (failures.length > 0 && log) {
    say(`      The whole output: ${log}`);
  }
}

/**
 * Runs one suite; a suite that breaks down counts as one failed test. What its
 * `prepare` returns takes the place of what was prepared for all.
 */
async function runSuite(suite, options) {
  let line;
  try {
    const own = { ...options, ...(await suite.prepare?.(options)) };
    line = openLine(suite.name);
    const result = await suite.run({
      ...own,
      name: suite.name,
      update: line.update,
    });
    const count = `${result.passed} passed${
      result.failed ? `, ${result.failed} failed` : ''
    }${result.skipped ? `, ${result.skipped} skipped` : ''}`;
    const mark = result.failed === 0 ? succeeded : failed;
    line.print(mark, `${suite.name.padEnd(12)} ${count}`);
    line.close();
    sayDetails(result);
    return result;
  } catch (error) {
    options.signal.throwIfAborted();
    line?.print(failed, suite.name);
    line?.close();
    report(error);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    line?.close();
  }
}

/** Prepares and runs the chosen suites, adding their results to `total`. */
async function runSuites(chosen, prepare, total, { signal, onExit }) {
  say(bold('Preparation'));
  const prepared = await prepare(chosen, { signal, onExit });

  say(bold('\nTests'));
  for (const suite of chosen) {
    const result = await runSuite(suite, { ...prepared, signal });
    Object.keys(total).forEach(key => {
      total[key] += result[key];
    });
  }
  say(bold('\nEnd'));
}

/**
 * A script that runs those of its suites that its arguments choose. `prepare`
 * makes sure of what the chosen ones need, and returns what they are run with.
 */
export function mainOfSuites({ suites, command, prepare }) {
  return main(async ({ signal, onExit }) => {
    const began = Date.now();
    const total = { passed: 0, failed: 0, skipped: 0 };
    const chosen = chooseSuites(suites, process.argv.slice(2), command);
    // Registered first, so that it is the last that is said.
    onExit(() => {
      if (!signal.aborted) {
        say(`\nAll of it took ${formatDuration(Date.now() - began)}.`);
        say(
          `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`,
        );
      }
    });
    try {
      await runSuites(chosen, prepare, total, { signal, onExit });
    } catch (error) {
      total.failed += 1; // what could not be prepared could not be tested
      throw error;
    }
    return total.failed === 0 ? 0 : 1;
  });
}
