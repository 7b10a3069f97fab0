import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { otherCluster } from './other.mjs';

const file = fileURLToPath(import.meta.url);
const env = { SLIPWAY_TEST_KUBECONFIG: file };
const registry = {
  SLIPWAY_TEST_REGISTRY: 'registry.test:5000',
  SLIPWAY_TEST_REGISTRY_CA: file,
  SLIPWAY_TEST_REGISTRY_USER: 'me',
  SLIPWAY_TEST_REGISTRY_PASSWORD: 'secret',
};

test('no other cluster is meant unless its kubeconfig is named', () => {
  assert.equal(otherCluster(registry), undefined);
  assert.throws(
    () => otherCluster({ SLIPWAY_TEST_KUBECONFIG: `${file}.none` }),
    /SLIPWAY_TEST_KUBECONFIG names no file/,
  );
});

test('another cluster has a registry only where all of it is described', () => {
  assert.equal(otherCluster(env).registry, undefined);
  assert.deepEqual(otherCluster({ ...env, ...registry }).registry, {
    address: 'registry.test:5000',
    authority: file,
    user: 'me',
    password: 'secret',
  });
  assert.throws(
    () => otherCluster({ ...env, SLIPWAY_TEST_REGISTRY: 'registry.test' }),
    /lacks SLIPWAY_TEST_REGISTRY_CA, SLIPWAY_TEST_REGISTRY_USER, /,
  );
});

test('another cluster pulls the usual images but for those that are named', () => {
  const images = list =>
    otherCluster({ ...env, SLIPWAY_TEST_IMAGES: list }).images;
  assert.match(images(undefined).busybox, /^docker\.io\/library\/busybox:/);
  assert.deepEqual(images('busybox=a.test/b:1,kaniko=a.test/k@sha256:0'), {
    ...images(undefined),
    busybox: 'a.test/b:1',
    kaniko: 'a.test/k@sha256:0',
  });
  for (const wrong of ['nginx=a', 'busybox', 'busybox=']) {
    assert.throws(() => images(wrong), /does not take/);
  }
});
