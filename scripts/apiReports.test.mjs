import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedApiReports } from './apiReports.mjs';

test('another order of the same lines is no change of a report', () => {
  const before = new Map([['a', 'one\ntwo\n']]);
  assert.deepEqual(
    changedApiReports(before, new Map([['a', 'two\none\n']])),
    [],
  );
});

test('a line more, a report more and a report less are changes', () => {
  const before = new Map([
    ['a', 'one\n'],
    ['b', 'one\n'],
  ]);
  const after = new Map([
    ['a', 'one\none\n'],
    ['c', 'one\n'],
  ]);
  assert.deepEqual(changedApiReports(before, after), ['a', 'b', 'c']);
});
