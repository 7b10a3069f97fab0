// npm run cluster:prove
// Asserts on the real cluster what suites lean on, and that nothing of it is
// left on the machine afterwards. A cluster that runs already is left running.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import https from 'node:https';
import { after, before, test } from 'node:test';
import { kubectl, tryKubectl, untilKubectl } from '../kubectl.mjs';
import { runningCluster } from '../open.mjs';
import { clusterFolder } from '../settings.mjs';
import { startCluster } from '../start.mjs';
import { stopCluster } from '../stop.mjs';
import {
  build,
  claimWithWriter,
  friendsOnly,
  noWayOut,
  pod,
  registryAccess,
  taskRun,
  web,
} from './objects.mjs';
import { readSettings, visible } from './machine.mjs';

const ranBefore = runningCluster() !== undefined;
const limit = 120_000;
let cluster;
let settingsBefore;

/** A namespace of a test's own, removed with all in it after the test. */
async function namespace(t, name, ...objects) {
  await kubectl(['create', 'namespace', name]);
  t.after(() => kubectl(['delete', 'namespace', name, '--wait=false']));
  const account = ['get', 'serviceaccount', 'default', '--namespace', name];
  await untilKubectl(account, Boolean, { limit });
  const apply = (...items) =>
    kubectl(
      ['apply', '--namespace', name, '--filename', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    );
  await apply(...objects);
  return apply;
}

function rolledOut(space, name) {
  return kubectl([
    ...['rollout', 'status', `deployment/${name}`, '--namespace', space],
    '--timeout=60s',
  ]);
}

async function read(space, kind, name) {
  const args = ['get', kind, name, '--namespace', space, '--output', 'json'];
  return JSON.parse(await kubectl(args));
}

/** Waits for the end of a pod; returns how it ended and what it said. */
async function ended(space, name) {
  const args = ['get', 'pod', name, '--namespace', space, '--output', 'json'];
  const text = await untilKubectl(
    args,
    output => /Succeeded|Failed/.test(JSON.parse(output).status.phase),
    { limit },
  );
  const log = await kubectl(['logs', name, '--namespace', space]);
  return { phase: JSON.parse(text).status.phase, log };
}

async function endedTaskRun(space, name) {
  const over = output =>
    ['True', 'False'].includes(
      JSON.parse(output).status?.conditions?.[0].status,
    );
  await untilKubectl(
    ['get', 'taskrun', name, '--namespace', space, '--output', 'json'],
    over,
    { limit },
  );
  const { status } = await read(space, 'taskrun', name);
  const log = await tryKubectl([
    ...['logs', status.podName, '--namespace', space, '--all-containers'],
  ]);
  return { ...status, log: log.stdout };
}

/** Asks the registry from the machine; returns the status of its answer. */
function askRegistry(path, headers) {
  const { address, authority } = cluster.registry;
  return new Promise((resolve, reject) => {
    https
      .get(
        `https://${address}${path}`,
        { ca: readFileSync(authority), headers },
        response => {
          response.resume();
          resolve(response.statusCode);
        },
      )
      .once('error', reject);
  });
}

before(async () => {
  settingsBefore = readSettings();
  const { signal } = new AbortController();
  cluster = runningCluster() ?? (await startCluster({ signal, onExit() {} }));
});

after(async () => {
  if (!ranBefore) {
    await stopCluster();
  }
});

test('the node is ready and says its version', async () => {
  const { status } = JSON.parse(
    await kubectl(['get', 'node', cluster.node, '--output', 'json']),
  );
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  assert.equal(ready.status, 'True');
  assert.match(status.nodeInfo.kubeletVersion, /^v1\.\d+\.\d+$/);
});

test('a service is found by its short and its full name', async t => {
  const space = 'proof-dns';
  const apply = await namespace(t, space, ...web('web', cluster.images.addons));
  await rolledOut(space, 'web');
  const get = (...urls) => ({
    image: cluster.images.addons,
    command: ['/addons', 'get', ...urls],
  });
  const domain = `${space}.svc.cluster.local`;
  await apply(
    pod('client', get('http://web/a', `http://web.${domain}/b`)),
    pod('lost', get(`http://nowhere.${domain}./`)),
  );
  const found = await ended(space, 'client');
  assert.equal(found.phase, 'Succeeded', found.log);
  assert.match(found.log, /GET \/a from 10\..*\n.*GET \/b from /);
  const lost = await ended(space, 'lost');
  assert.match(lost.log, /no such host/);
});

test('a claim gets a volume of the default class, and gives it back', async t => {
  const space = 'proof-volume';
  await namespace(t, space, ...claimWithWriter(cluster.images.busybox));
  const writer = await ended(space, 'writer');
  assert.deepEqual(writer, { phase: 'Succeeded', log: 'kept\n' });
  const claim = await read(space, 'persistentvolumeclaim', 'data');
  assert.equal(claim.status.phase, 'Bound');
  await kubectl([
    ...['delete', '--namespace', space, 'pod/writer'],
    'persistentvolumeclaim/data',
  ]);
  await kubectl([
    ...['wait', `persistentvolume/${claim.spec.volumeName}`, '--for=delete'],
    '--timeout=60s',
  ]);
});

test('the metrics of nodes and pods are answered', async () => {
  const ask = path =>
    kubectl(['get', '--raw', `/apis/metrics.k8s.io/v1beta1/${path}`]);
  const [node] = JSON.parse(await ask('nodes')).items;
  assert.equal(node.metadata.name, cluster.node);
  assert.match(node.usage.memory, /^\d+Ki$/);
  const pods = await untilKubectl(
    ['top', 'pod', '--namespace', 'kube-system', '--no-headers'],
    text => text.includes('coredns'),
    { limit },
  );
  assert.match(pods, /^coredns-\S+\s+\d+m\s+\d+Mi/m);
});

test('network policies let in and out whom they name, and nobody else', async t => {
  const space = 'proof-network';
  const apply = await namespace(t, space, ...web('web', cluster.images.addons));
  await rolledOut(space, 'web');
  const client = labels => ({
    labels,
    image: cluster.images.addons,
    command: ['/addons', 'get', 'http://web/'],
  });
  await apply(pod('unhindered', client()));
  assert.equal((await ended(space, 'unhindered')).phase, 'Succeeded');
  const [friendly, locked] = [{ friend: 'yes' }, { locked: 'yes' }];
  await apply(friendsOnly('web'), noWayOut(locked));
  await apply(
    pod('friend', client(friendly)),
    pod('stranger', client()),
    pod('prisoner', client({ ...friendly, ...locked })),
  );
  assert.equal((await ended(space, 'friend')).phase, 'Succeeded');
  for (const name of ['stranger', 'prisoner']) {
    const { phase, log } = await ended(space, name);
    assert.equal(phase, 'Failed', name);
    assert.match(log, /timeout|deadline/i);
  }
});

test('a TaskRun of Tekton succeeds and another fails with its code', async t => {
  const space = 'proof-tekton';
  const step = script => ({
    taskSpec: {
      steps: [{ name: 'main', image: cluster.images.busybox, script }],
    },
  });
  await namespace(
    t,
    space,
    taskRun('good', step('#!/bin/sh\necho done')),
    taskRun('bad', step('#!/bin/sh\nexit 3')),
  );
  const good = await endedTaskRun(space, 'good');
  assert.equal(good.conditions[0].reason, 'Succeeded');
  assert.match(good.log, /done/);
  const bad = await endedTaskRun(space, 'bad');
  assert.match(bad.conditions[0].message, /exited with code 3/);
});

test('the registry refuses strangers', async () => {
  const { user, password } = cluster.registry;
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  assert.equal(await askRegistry('/v2/'), 401);
  assert.equal(
    await askRegistry('/v2/', { authorization: `Basic ${auth}` }),
    200,
  );
});

test('a pod pushes an image, and another runs it by its digest', async t => {
  const space = 'proof-registry';
  const { registry, images } = cluster;
  const image = `${registry.address}/proof/message`;
  const authority = readFileSync(registry.authority, 'utf8');
  const apply = await namespace(
    t,
    space,
    ...registryAccess(registry, authority),
  );
  await kubectl([
    ...['label', 'namespace', space],
    'pod-security.kubernetes.io/enforce=baseline',
  ]);
  await apply(build(image, images.buildkit));
  const built = await endedTaskRun(space, 'build');
  assert.equal(built.conditions[0].reason, 'Succeeded', built.log);
  const digest = built.results[0].value;
  assert.match(digest, /^sha256:[0-9a-f]{64}$/);

  const runs = { image: `${image}@${digest}` };
  const secrets = { imagePullSecrets: [{ name: 'registry' }] };
  await apply(pod('stranger', runs), pod('reader', { ...runs, pod: secrets }));
  const reader = await ended(space, 'reader');
  assert.deepEqual(reader, {
    phase: 'Succeeded',
    log: 'built in the cluster\n',
  });
  await untilKubectl(
    [
      ...['get', 'events', '--namespace', space],
      ...['--field-selector', 'involvedObject.name=stranger'],
    ],
    // As containerd 1 says it, or containerd 2.
    events =>
      /Failed to pull image .* (401 Unauthorized|no basic auth)/.test(events),
    { limit },
  );
});

test('a cluster that is down leaves nothing', async t => {
  if (ranBefore) {
    t.skip('it ran before and goes on');
    return;
  }
  const during = await visible(cluster);
  for (const place of ['links', 'routes', 'tables', 'cgroups', 'processes']) {
    assert.notDeepEqual(during[place], [], `${place} show the cluster`);
  }
  assert.deepEqual(during.rules, [], "the rules of services are the node's");
  assert.equal(await stopCluster(), true);
  for (const [place, left] of Object.entries(await visible(cluster))) {
    assert.deepEqual(left, [], place);
  }
  assert.deepEqual(readSettings(), settingsBefore);
  assert.equal(existsSync(clusterFolder), false);
  assert.equal(await stopCluster(), false);
});
