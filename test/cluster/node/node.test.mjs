import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addressesIn, linkName, sources } from '../settings.mjs';
import { neededPackages } from '../packages.mjs';
import { certificates } from './keys.mjs';
import { wayOut } from './machine.mjs';
import { clusterValues, render } from './template.mjs';

const addresses = addressesIn('10.201');

test('values go in where they are named, and none is missing', () => {
  assert.equal(render('a: @ONE@-@TWO@', { ONE: '1', TWO: '2' }), 'a: 1-2');
  assert.equal(render('user@example.test', {}), 'user@example.test');
  assert.throws(() => render('@NONE@', {}), /@NONE@/);
});

test('every configuration file and manifest can be rendered', () => {
  for (const folder of ['node/config', 'manifests']) {
    for (const name of readdirSync(join(sources, folder))) {
      const text = readFileSync(join(sources, folder, name), 'utf8');
      assert.doesNotMatch(
        render(text, clusterValues(addresses)),
        /@[A-Z_]+@|undefined/,
        name,
      );
    }
  }
});

test('the API server answers under every name that it is called by', () => {
  assert.deepEqual(certificates(addresses).apiserver.names, [
    'DNS:localhost',
    'DNS:kubernetes',
    'DNS:kubernetes.default',
    'DNS:kubernetes.default.svc',
    'DNS:kubernetes.default.svc.cluster.local',
    'IP:127.0.0.1',
    'IP:10.201.0.2',
    'IP:10.201.128.1',
  ]);
});

test('the kernel takes the name of the link', () => {
  assert.ok(linkName.length <= 15, linkName);
});

test('only what comes from the cluster is masqueraded', () => {
  assert.match(
    wayOut(addresses),
    /ip saddr \{ 10\.201\.0\.0\/30, 10\.201\.64\.0\/20 \} oifname != /,
  );
});

test('a program that is there keeps its package', () => {
  const needed = neededPackages(program => program === 'containerd');
  assert.ok(!needed.includes('containerd'));
  assert.ok(needed.includes('containernetworking-plugins'));
  assert.deepEqual(
    neededPackages(() => true),
    ['busybox-static'],
  );
});
