// Reads the reports that the test runners write, each in its own format, into
// one shape: { passed, failed, skipped, failures, skips }.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { repository } from '../paths.mjs';
import { Problem } from '../terminal.mjs';

function emptyResult() {
  return { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };
}

function addFailure(result, title, message) {
  result.failed += 1;
  result.failures.push({ title, message });
}

function addSkip(result, title) {
  result.skipped += 1;
  result.skips.push(title);
}

/** The package of a test file, e.g. "plugins/workspaces-backend". */
function packageOf(path) {
  return relative(repository, path).split('/').slice(0, 2).join('/');
}

/**
 * Jest: a file that could not be run has no tests but a message, and counts as
 * a failed test. `packages` counts the tests per package.
 */
export function readJest(report) {
  const result = { ...emptyResult(), packages: {} };
  for (const file of report.testResults) {
    const path = relative(repository, file.name);
    const owner = packageOf(file.name);
    result.packages[owner] =
      (result.packages[owner] ?? 0) + file.assertionResults.length;
    if (file.status === 'failed' && file.assertionResults.length === 0) {
      addFailure(result, path, file.message);
    }
    for (const test of file.assertionResults) {
      const title = `${path} › ${test.fullName}`;
      if (test.status === 'passed') {
        result.passed += 1;
      } else if (test.status === 'failed') {
        addFailure(result, title, test.failureMessages.join('\n'));
      } else {
        addSkip(result, title);
      }
    }
  }
  return result;
}

function* playwrightTests(suites, titles = []) {
  for (const suite of suites) {
    const path = [...titles, suite.title];
    for (const spec of suite.specs ?? []) {
      for (const test of spec.tests) {
        yield { title: [...path, spec.title].join(' › '), test };
      }
    }
    yield* playwrightTests(suite.suites ?? [], path);
  }
}

/** A test without a mark of its own is left out when one before it failed. */
function reasonOfSkip({ annotations = [] }) {
  const mark = annotations.find(({ type }) => ['skip', 'fixme'].includes(type));
  return mark
    ? mark.description ?? 'no reason given'
    : 'a test before it failed';
}

/**
 * Playwright Test: errors outside of any test count as failed tests, and so
 * does a test that passed only when it was repeated.
 */
export function readPlaywright(report) {
  const result = emptyResult();
  for (const { title, test } of playwrightTests(report.suites)) {
    if (test.status === 'expected') {
      result.passed += 1;
    } else if (test.status === 'skipped') {
      addSkip(result, `${title}: ${reasonOfSkip(test)}`);
    } else {
      const errors = test.results.flatMap(({ errors: list }) => list);
      addFailure(
        result,
        title,
        errors.map(({ message }) => message).join('\n') || test.status,
      );
    }
  }
  for (const error of report.errors ?? []) {
    addFailure(result, 'outside of any test', error.message);
  }
  return result;
}

/** Our own reporter of node:test (nodeReporter.mjs): a list of tests. */
export function readNodeTest(report) {
  const result = emptyResult();
  for (const test of report) {
    if (test.skipped) {
      addSkip(result, test.title);
    } else if (test.passed) {
      result.passed += 1;
    } else {
      addFailure(result, test.title, test.message);
    }
  }
  return result;
}

/** Reads a report; a runner that left none has failed, whatever it said. */
export function readReport(file, read, log) {
  if (!existsSync(file)) {
    throw new Problem('The runner ended without a report.', { log });
  }
  const result = read(JSON.parse(readFileSync(file, 'utf8')));
  if (result.passed + result.failed + result.skipped === 0) {
    throw new Problem('The suite has no test.', { log });
  }
  return result;
}
