// npm test [-- --only jest,api]
// Everything that must hold, from the generated code to the browser. The last
// line is the sum of all reports: "N passed, N failed, N skipped".
import { prepareBaseImages } from './engine/images.mjs';
import { openEngine } from './engine/open.mjs';
import { describeCounts, removeRemainsOfTests } from './engine/remove.mjs';
import { isKept, users } from './engine/users.mjs';
import { main } from './lifecycle.mjs';
import { preparePortal } from './portal/bundle.mjs';
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
} from './terminal.mjs';
import { startPostgres } from './test/postgres.mjs';
import { suites } from './test/suites.mjs';
import { prepareToolchain } from './toolchain/toolchain.mjs';

const failuresShown = 20;
const linesPerFailure = 8;

/** The suites that the arguments choose: all, or those after --only. */
function chooseSuites(values) {
  if (values.length === 0) {
    return suites;
  }
  const names = suites.map(({ name }) => name);
  const chosen = values[1]?.split(',') ?? [];
  const unknown = chosen.filter(name => !names.includes(name));
  if (values[0] !== '--only' || values.length !== 2 || unknown.length > 0) {
    throw new Problem(`Unknown arguments: ${values.join(' ')}.`, {
      fix: `npm test -- --only ${names.join(',')} (one or more of them)`,
    });
  }
  return suites.filter(({ name }) => chosen.includes(name));
}

/**
 * Suites remove what they make; one that was cut short could not. On an engine
 * that others use at the same time it is left to the next run of that suite.
 */
async function tidyEngine(docker) {
  if (isKept() || users().length > 1) {
    return;
  }
  const notes = [];
  const counts = await removeRemainsOfTests(docker, note => notes.push(note));
  const removed = describeCounts(counts);
  if (removed !== 'nothing') {
    say(dim(`      Removed what tests had left: ${removed}`));
  }
  notes.forEach(note => say(dim(`      ${note}`)));
}

/** What must be there before the chosen suites: the engine, the portal. */
async function prepare(chosen, { signal, onExit }) {
  const needed = need => chosen.some(({ needs }) => needs === need);
  const env = { ...(await prepareToolchain({ signal })), CI: '1' };
  if (!needed('engine') && !needed('portal')) {
    return { env };
  }
  const { docker, isPrivate } = await openEngine({ onExit });
  if (isPrivate) {
    onExit(() => tidyEngine(docker));
  }
  await prepareBaseImages(docker, { signal });
  env.DOCKER_HOST = docker.host;
  if (needed('portal')) {
    await preparePortal({ env, signal });
  }
  return {
    env,
    connectionString: needed('engine')
      ? await startPostgres(docker, { signal, onExit })
      : undefined,
  };
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

/** Runs one suite; a suite that breaks down counts as one failed test. */
async function runSuite(suite, options) {
  const line = openLine(suite.name);
  try {
    const result = await suite.run({ ...options, update: line.update });
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
    line.print(failed, suite.name);
    line.close();
    report(error);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    line.close();
  }
}

/** Prepares and runs the chosen suites, adding their results to `total`. */
async function runSuites(chosen, total, { signal, onExit }) {
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

main(async ({ signal, onExit }) => {
  const began = Date.now();
  const total = { passed: 0, failed: 0, skipped: 0 };
  const chosen = chooseSuites(process.argv.slice(2));
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
    await runSuites(chosen, total, { signal, onExit });
  } catch (error) {
    total.failed += 1; // what could not be prepared could not be tested
    throw error;
  }
  return total.failed === 0 ? 0 : 1;
});
