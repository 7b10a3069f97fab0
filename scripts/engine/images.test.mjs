import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOfTests, isOurs } from './remove.mjs';
import { isKnownUnreachable } from './images.mjs';
import { packageSources } from './imageRecipes.mjs';

test('the images are made from the mirror that the machine uses', () => {
  const targets = [
    'Debian|http://mirror.example/debian/|main',
    'Debian|http://mirror.example/debian/|contrib',
    'Debian|http://mirror.example/debian/|main',
    'Debian-Security|http://mirror.example/security/|main',
    'Other|http://other.example/|main',
    '',
  ].join('\n');
  assert.deepEqual(packageSources(targets), [
    'deb http://mirror.example/debian/ bookworm main',
    'deb http://mirror.example/debian/ bookworm-updates main',
    'deb http://mirror.example/security/ bookworm-security main',
  ]);
});

test('that no registry answers is remembered for an hour', () => {
  const decision = JSON.stringify({ unreachableSince: 1_000_000 });
  assert.equal(isKnownUnreachable(decision, 1_000_000 + 3_599_999), true);
  assert.equal(isKnownUnreachable(decision, 1_000_000 + 3_600_000), false);
  assert.equal(isKnownUnreachable('damaged', 1_000_000), false);
});

test('what a user built on a base image of ours is not ours', () => {
  assert.equal(isOurs({ 'slipway.dev/base-image': 'abc' }, 'slipway'), false);
  assert.equal(isOurs(null, 'slipway'), false);
});

test('what the portal of another home folder made is not ours', () => {
  const made = instance => ({ 'slipway.dev/instance': instance });
  const instances = ['slipway', 'slipway-test', 'slipway-12345678'];
  const ours = own => instances.filter(name => isOurs(made(name), own));
  assert.deepEqual(ours('slipway'), ['slipway', 'slipway-test']);
  assert.deepEqual(ours('slipway-12345678'), ['slipway-12345678']);
});

test('what tests left is told from the apps of portals', () => {
  const made = instance => ({ 'slipway.dev/instance': instance });
  const instances = [
    'slipway',
    'slipway-dev',
    'slipway-12345678',
    'slipway-crash',
  ];
  const left = instances.filter(name => isOfTests(made(name), 'slipway'));
  assert.deepEqual(left, ['slipway-crash']);
  assert.equal(isOfTests({ 'slipway.dev/test': 'postgres' }, 'slipway'), true);
  assert.equal(isOfTests({}, 'slipway'), false);
});
