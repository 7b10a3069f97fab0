import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import {
  apiDocument,
  findFaults,
  generatedFolders,
  writeRecords,
} from './generated.mjs';

let root;

function write(path, text) {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-generated-'));
  write(apiDocument, 'openapi: 3.1.0');
  generatedFolders.forEach(({ path, essential }) =>
    write(join(path, essential), 'generated'),
  );
  writeRecords(root);
});

afterEach(() => rmSync(root, { recursive: true }));

test('generated code that belongs to the document is accepted', () => {
  assert.deepEqual(findFaults(root), []);
});

test('code older than the document is refused', () => {
  write(apiDocument, 'openapi: 3.1.1');
  const faults = findFaults(root);
  assert.equal(faults.length, generatedFolders.length);
  faults.forEach(fault => assert.match(fault, /is older than/));
});

test('an emptied folder is refused', () => {
  rmSync(join(root, generatedFolders[0].path), { recursive: true });
  assert.match(findFaults(root).join(), /lacks router\.ts/);
});

test('code that was changed by hand is refused', () => {
  write(join(generatedFolders[1].path, 'index.ts'), 'mine');
  assert.match(findFaults(root).join(), /changed by hand/);
});
