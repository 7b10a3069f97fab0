import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterSuites } from './clusterSuites.mjs';

const onContainerd2 = clusterSuites.filter(suite => suite.containerd === 2);

test('what depends on the runtime of nodes runs on containerd 2 as well, after all else', () => {
  assert.deepEqual(
    onContainerd2.map(({ name }) => name),
    ['containerd2-contract', 'containerd2-trust', 'containerd2-faults'],
  );
  assert.deepEqual(clusterSuites.slice(-onContainerd2.length), onContainerd2);
  assert.ok(onContainerd2.every(({ long }) => long));
});

test('the cluster gets containerd 2 before such a suite', async () => {
  const asked = [];
  const clusterWith = async containerd => {
    asked.push(containerd);
    return { containerd };
  };
  for (const suite of onContainerd2) {
    assert.deepEqual(await suite.prepare({ clusterWith }), {
      cluster: { containerd: 2 },
    });
  }
  assert.deepEqual(asked, [2, 2, 2]);
});

test('on another cluster what cannot run is skipped, which it says', async () => {
  const cluster = { kubeconfig: '/another' };
  for (const suite of clusterSuites.filter(({ name }) => name !== 'contract')) {
    const own = await suite.prepare?.({ cluster });
    const result = await suite.run({ cluster, ...own });
    assert.deepEqual(
      [result.passed, result.failed, result.skipped],
      [0, 0, 1],
      suite.name,
    );
    assert.match(result.skips[0], /of another cluster/);
  }
});
