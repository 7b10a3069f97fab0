import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { installDigest, workspaceFolders } from './install.mjs';

let root;

function write(path, text) {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-install-'));
  write('package.json', '{ "workspaces": ["plugins/*", "test"] }');
  write('yarn.lock', 'lock');
  write('.yarnrc.yml', 'nodeLinker: node-modules');
  write('plugins/one/package.json', '{}');
  write('plugins/notes/readme.md', 'no package');
  write('test/package.json', '{}');
});

afterEach(() => rmSync(root, { recursive: true }));

test('the workspaces are the folders with a package.json', () => {
  assert.deepEqual(workspaceFolders(root), ['plugins/one', 'test']);
});

test('an install is due when a package.json, the lock or the settings change', () => {
  const seen = new Set([installDigest(root)]);
  write('plugins/one/src/index.ts', 'no dependency');
  seen.add(installDigest(root));
  assert.equal(seen.size, 1);

  write('plugins/one/package.json', '{ "dependencies": {} }');
  seen.add(installDigest(root));
  write('yarn.lock', 'other');
  seen.add(installDigest(root));
  write('.yarnrc.yml', '');
  seen.add(installDigest(root));
  write('plugins/two/package.json', '{}');
  seen.add(installDigest(root));
  assert.equal(seen.size, 5);
});
