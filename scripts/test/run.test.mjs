import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseSuites } from './run.mjs';

const suites = [{ name: 'api' }, { name: 'crash', long: true }];
const chosen = (...values) =>
  chooseSuites(suites, values, 'npm test').map(({ name }) => name);

test('without arguments all suites run that are not long', () => {
  assert.deepEqual(chosen(), ['api']);
});

test('a long suite runs with --all, and where it is named', () => {
  assert.deepEqual(chosen('--all'), ['api', 'crash']);
  assert.deepEqual(chosen('--only', 'crash'), ['crash']);
  assert.deepEqual(chosen('--only', 'crash,api'), ['api', 'crash']);
});

test('what is not known is refused with what there is', () => {
  for (const values of [
    ['--only', 'jest'],
    ['--only'],
    ['api'],
    ['--all', 'api'],
  ]) {
    assert.throws(() => chosen(...values), {
      name: 'Problem',
      fix: /--only api,crash/,
    });
  }
});
