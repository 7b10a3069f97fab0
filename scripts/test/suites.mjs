// The steps of `npm test`, in their order. Each returns a result of the shape
// that reports.mjs describes; a check without tests of its own counts as one.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { logFile, run } from '../command.mjs';
import {
  changedApiReports,
  readApiReports,
  restoreApiReports,
} from '../apiReports.mjs';
import { apiDocument, findFaults } from '../generated.mjs';
import { repository } from '../paths.mjs';
import { Problem } from '../terminal.mjs';
import { registrySettings, workspaceFolders } from '../toolchain/install.mjs';
import { readJest, readNodeTest } from './reports.mjs';
import {
  limit,
  reportFile,
  runTests,
  testLimit,
  testProject,
} from './runners.mjs';

const onePassed = { passed: 1, failed: 0, skipped: 0, failures: [], skips: [] };

function checkGenerated() {
  const faults = findFaults();
  if (faults.length > 0) {
    throw new Problem(faults.join(' '), {
      fix: `Run "npm run generate" and commit what it changes; ${apiDocument} is the source.`,
    });
  }
  return onePassed;
}

async function runYarn(script, { env, signal }) {
  const log = logFile(`test-${script.replaceAll(':', '-')}`);
  await run('yarn', [script], { cwd: repository, env, log, signal, limit });
  return onePassed;
}

/** Makes the API reports of the declarations that "types" has written, and compares. */
async function checkApiReports(options) {
  const before = readApiReports();
  await runYarn('build:api-reports:only', options);
  const changed = changedApiReports(before, readApiReports());
  if (changed.length > 0) {
    throw new Problem(`These say something else now: ${changed.join(', ')}.`, {
      fix: 'Look at the changes of what the packages export, and commit them.',
    });
  }
  restoreApiReports(before);
  return onePassed;
}

/** The test files below a folder of the repository. */
function listTests(folder) {
  return readdirSync(join(repository, folder), {
    withFileTypes: true,
  }).flatMap(entry => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return entry.name === 'node_modules' ? [] : listTests(path);
    }
    return /\.test\.(mjs|tsx?)$/.test(entry.name) ? [path] : [];
  });
}

function testScripts({ env, signal }) {
  const report = reportFile('scripts');
  const reporter = fileURLToPath(new URL('nodeReporter.mjs', import.meta.url));
  const files = [...listTests('scripts'), ...listTests('test/cluster')];
  if (files.length === 0) {
    throw new Problem('The scripts have no tests.'); // node would look elsewhere
  }
  return runTests({
    name: 'scripts',
    command: 'node',
    args: [
      '--test',
      `--test-reporter=${reporter}`,
      `--test-reporter-destination=${report}`,
      ...files,
    ],
    report,
    read: readNodeTest,
    env,
    signal,
  });
}

/** Packages that have test files of which the runner has found none. */
function overlookedPackages(counts) {
  return workspaceFolders()
    .filter(path => existsSync(join(repository, path, 'src')))
    .filter(path => listTests(join(path, 'src')).length > 0 && !counts[path]);
}

async function testPackages({ env, signal, connectionString }) {
  const report = reportFile('jest');
  const result = await runTests({
    name: 'jest',
    command: 'yarn',
    args: [
      ...['backstage-cli', 'repo', 'test'],
      ...['--json', `--outputFile=${report}`],
      `--testTimeout=${testLimit}`,
    ],
    report,
    read: readJest,
    env: {
      ...env,
      BACKSTAGE_TEST_DISABLE_DOCKER: '1',
      BACKSTAGE_TEST_DATABASE_POSTGRES15_CONNECTION_STRING: connectionString,
    },
    signal,
  });
  const overlooked = overlookedPackages(result.packages);
  return {
    ...result,
    failed: result.failed + overlooked.length,
    failures: [
      ...result.failures,
      ...overlooked.map(path => ({
        title: path,
        message: 'None of its tests was run.',
      })),
    ],
  };
}

/** The stock portal gets its packages from where those of the clone come from. */
async function testInstallation({ env, ...options }) {
  const registry = await registrySettings();
  return testProject('install', { ...options, env: { ...registry, ...env } });
}

/**
 * All suites: what they are called, what they need, how they run. `needs` is
 * the highest of: nothing, the engine, the built portal.
 */
export const suites = [
  { name: 'generated', needs: 'nothing', run: checkGenerated },
  {
    name: 'types',
    needs: 'nothing',
    run: options => runYarn('tsc', options),
  },
  { name: 'reports', needs: 'nothing', run: checkApiReports },
  {
    name: 'lint',
    needs: 'nothing',
    run: options => runYarn('lint', options),
  },
  { name: 'scripts', needs: 'nothing', run: testScripts },
  { name: 'jest', needs: 'engine', run: testPackages },
  ...['api', 'crash', 'browser'].map(name => ({
    name,
    needs: 'portal',
    run: options => testProject(name, options),
  })),
  { name: 'install', needs: 'nothing', run: testInstallation },
];
