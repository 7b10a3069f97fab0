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

/** The reasons for which those of these suites are skipped that are, none of which may run. */
async function reasons(suites, cluster) {
  const found = {};
  for (const suite of suites) {
    const own = await suite.prepare?.({ cluster });
    const { passed, failed, skips } = await suite.run({ cluster, ...own });
    assert.deepEqual([passed, failed, skips.length], [0, 0, 1], suite.name);
    found[suite.name] = skips[0];
  }
  return found;
}

test('on another cluster without a registry only the client of the API is tried, and the others say why', async () => {
  const others = clusterSuites.filter(({ name }) => name !== 'contract');
  const said = await reasons(others, { kubeconfig: '/another' });
  for (const name of ['api', 'browser', 'faults', 'crash']) {
    assert.match(said[name], /SLIPWAY_TEST_REGISTRY/);
  }
});

test('what changes the nodes is left out on another cluster, and says why', async () => {
  const changing = clusterSuites.filter(
    ({ name, containerd }) => name === 'trust' || containerd === 2,
  );
  const said = await reasons(changing, { registry: {} });
  assert.match(said.trust, /files of the node/);
  assert.match(said['containerd2-trust'], /not ours to choose/);
});
