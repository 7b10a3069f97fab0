import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { portalDigest } from './sources.mjs';

let root;

function write(path, text) {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-sources-'));
  write('package.json', '{ "workspaces": ["plugins/*", "test"] }');
  write('plugins/one/package.json', '{}');
  write('plugins/one/src/index.ts', 'one');
  write('test/package.json', '{}');
});

afterEach(() => rmSync(root, { recursive: true }));

test('a build is due when what is built changes', () => {
  const before = portalDigest(root);
  write('plugins/one/src/index.ts', 'two');
  const changed = portalDigest(root);
  write('plugins/one/migrations/1.js', '');
  assert.equal(new Set([before, changed, portalDigest(root)]).size, 3);
});

test('no build is due for tests, outputs and dependencies', () => {
  const before = portalDigest(root);
  write('plugins/one/src/index.test.ts', 'test');
  write('plugins/one/dist/index.js', 'output');
  write('plugins/one/node_modules/x/index.js', 'dependency');
  write('plugins/one/README.md', 'text');
  write('test/api/main.test.ts', 'test');
  assert.equal(portalDigest(root), before);
});
