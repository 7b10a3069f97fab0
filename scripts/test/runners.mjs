// How suites are run: a runner with its report, in the environment of a script.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { capture, logFile, run } from '../command.mjs';
import { repository } from '../paths.mjs';
import { requirePackages } from '../system/packages.mjs';
import { readPlaywright, readReport } from './reports.mjs';

const results = join(repository, 'test', 'results');
/** No step may take longer; a run that hangs must not eat the whole budget. */
export const limit = 30 * 60_000;
/** Jest's own limit of 5 s is for an idle machine; ours may be a busy one. */
export const testLimit = 30_000;

/** Where a runner is to write its report; an earlier one is removed. */
export function reportFile(name) {
  mkdirSync(results, { recursive: true });
  const file = join(results, `${name}.json`);
  rmSync(file, { force: true });
  return file;
}

/** Runs a test runner and reads its report, which decides about the outcome. */
export async function runTests({
  name,
  command,
  args,
  report,
  read,
  ...options
}) {
  const log = logFile(`test-${name}`);
  let ended;
  try {
    await run(command, args, { cwd: repository, ...options, log, limit });
  } catch (error) {
    options.signal.throwIfAborted();
    ended = error;
  }
  if (ended && !existsSync(report)) {
    throw ended; // it was ended before it could say anything
  }
  const result = readReport(report, read, log);
  if (ended && result.failed === 0) {
    throw ended; // it failed, and its report does not say why
  }
  return { ...result, log };
}

/** A Chromium: the one that is set, one that is installed, or Debian's. */
export async function findChromium(update) {
  if (process.env.CHROMIUM_PATH) {
    return process.env.CHROMIUM_PATH;
  }
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const { code, stdout } = await capture('which', [name]);
    if (code === 0) {
      return stdout.trim();
    }
  }
  await requirePackages(
    ['chromium', 'fonts-liberation'],
    'run the tests in a browser',
    update,
  );
  return '/usr/bin/chromium';
}

/**
 * Runs a project of test/playwright.config.ts, or those of its `files` whose
 * paths have these words in them. `name` is that of report and log.
 */
export async function testProject(
  project,
  { name = project, files = [], env, signal, update },
) {
  const report = reportFile(name);
  const browser = ['install', 'browser'].includes(project)
    ? { CHROMIUM_PATH: await findChromium(update) }
    : {};
  update(name);
  return runTests({
    name,
    command: 'yarn',
    args: ['playwright', 'test', `--project=${project}`, ...files],
    cwd: join(repository, 'test'),
    report,
    read: readPlaywright,
    env: { ...env, ...browser, SLIPWAY_REPORT: report },
    signal,
  });
}
