import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../paths.mjs';
import {
  readJest,
  readNodeTest,
  readPlaywright,
  readReport,
} from './reports.mjs';

const jestFile = (path, status, assertionResults, message = '') => ({
  name: join(repository, path),
  status,
  message,
  assertionResults,
});

test('Jest: tests are counted, per package too', () => {
  const { packages, passed, failed, skipped, failures, skips } = readJest({
    testResults: [
      jestFile('plugins/one/src/a.test.ts', 'failed', [
        { status: 'passed', fullName: 'a works', failureMessages: [] },
        { status: 'failed', fullName: 'b works', failureMessages: ['no'] },
        { status: 'pending', fullName: 'c works', failureMessages: [] },
        { status: 'todo', fullName: 'd works', failureMessages: [] },
      ]),
    ],
  });
  assert.deepEqual([passed, failed, skipped], [1, 1, 2]);
  assert.deepEqual(packages, { 'plugins/one': 4 });
  assert.deepEqual(failures, [
    { title: 'plugins/one/src/a.test.ts › b works', message: 'no' },
  ]);
  assert.equal(skips.length, 2);
});

test('Jest: a file that cannot be run is a failed test', () => {
  const { failed, failures } = readJest({
    testResults: [
      jestFile('plugins/one/src/a.test.ts', 'failed', [], 'Cannot find module'),
    ],
  });
  assert.equal(failed, 1);
  assert.equal(failures[0].message, 'Cannot find module');
});

test('Playwright: repeated and broken tests are failures', () => {
  const of = (title, status, errors = []) => ({
    title,
    tests: [{ status, results: [{ errors }] }],
  });
  const { passed, failed, skipped, failures } = readPlaywright({
    suites: [
      {
        title: 'main.test.ts',
        specs: [of('one', 'expected'), of('two', 'skipped')],
        suites: [
          {
            title: 'inner',
            specs: [
              of('three', 'unexpected', [{ message: 'no' }]),
              of('four', 'flaky'),
            ],
          },
        ],
      },
    ],
    errors: [{ message: 'the setup failed' }],
  });
  assert.deepEqual([passed, failed, skipped], [1, 3, 1]);
  assert.deepEqual(failures, [
    { title: 'main.test.ts › inner › three', message: 'no' },
    { title: 'main.test.ts › inner › four', message: 'flaky' },
    { title: 'outside of any test', message: 'the setup failed' },
  ]);
});

test('node:test: what is skipped is not counted as passed', () => {
  const { passed, failed, skipped } = readNodeTest([
    { title: 'a', passed: true, skipped: false },
    { title: 'b', passed: true, skipped: true },
    { title: 'c', passed: false, skipped: false, message: 'no' },
  ]);
  assert.deepEqual([passed, failed, skipped], [1, 1, 1]);
});

test('a runner without a report, or without a test, has failed', () => {
  assert.throws(() => readReport('/nowhere/report.json', readJest), {
    message: 'The runner ended without a report.',
  });
  const empty = new URL('../../package.json', import.meta.url).pathname;
  assert.throws(() => readReport(empty, () => readNodeTest([])), {
    message: 'The suite has no test.',
  });
});
