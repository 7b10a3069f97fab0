import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration } from './terminal.mjs';

test('durations are seconds, then minutes', () => {
  assert.equal(formatDuration(40), '0.0 s');
  assert.equal(formatDuration(59_940), '59.9 s');
  assert.equal(formatDuration(60_000), '1 min 00 s');
  assert.equal(formatDuration(119_700), '2 min 00 s');
});
