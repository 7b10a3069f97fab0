import {
  all,
  expect,
  FaultyWorkspace,
  needsOneNode,
  test,
} from '../support/faults';

/** What is left on the only node, in thousandths of a CPU, once all that is to go is gone. */
async function freeCpu({
  client,
  kubectl,
  name,
}: FaultyWorkspace): Promise<number> {
  const [node] = await kubectl.list('nodes');
  const pods = await client.until(
    () => kubectl.list('pods', '--all-namespaces'),
    found =>
      found.every(({ metadata }) => !metadata.deletionTimestamp) &&
      found.filter(({ metadata }) => metadata.namespace === name).length === 1,
    60_000,
    found => `there still are ${found.map(({ metadata }) => metadata.name)}`,
  );
  const taken = pods
    .filter(
      ({ status }) => !['Succeeded', 'Failed'].includes(status?.phase ?? ''),
    )
    .flatMap(({ spec }) => spec?.containers ?? [])
    .reduce(
      (sum, { resources }) => sum + milli(resources?.requests?.cpu ?? '0'),
      0,
    );
  return milli(node.status!.allocatable!.cpu) - taken;
}

function milli(cpu: string): number {
  return cpu.endsWith('m') ? parseInt(cpu, 10) : Number(cpu) * 1000;
}

test('a cluster without room', async ({ workspace, kubectl, cluster }) => {
  await needsOneNode(kubectl);
  const hog = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'slipway-hog', namespace: 'default' },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'hog',
          image: cluster.images.busybox,
          command: ['sleep', '600'],
          resources: { requests: { cpu: `${await freeCpu(workspace)}m` } },
        },
      ],
    },
  };
  await workspace.with(hog, async () => {
    await kubectl.run(
      ...['wait', 'pod/slipway-hog', '--namespace=default'],
      ...['--for=condition=PodScheduled', '--timeout=20s'],
    );
    await workspace.fails(await workspace.restart(), {
      code: 'UNSCHEDULABLE_RESOURCES',
      stage: 'deploy',
      first: /^0\/1 nodes are available: 1 Insufficient cpu/,
      fix: /kubectl describe nodes/,
      fixedBy: 'user',
    });
  });
});

test('nodes that are kept for others', all, async ({ workspace, kubectl }) => {
  await needsOneNode(kubectl);
  const [{ metadata: node }] = await kubectl.list('nodes');
  await kubectl.run('taint', 'node', node.name, 'slipway=faults:NoSchedule');
  try {
    await workspace.fails(await workspace.restart(), {
      code: 'UNSCHEDULABLE_TAINT',
      stage: 'deploy',
      first: /untolerated taint/,
      fix: /kubectl taint node/,
    });
  } finally {
    await kubectl.run('taint', 'node', node.name, 'slipway-');
  }
});

test('a platform that no node has', all, async ({ workspace }) => {
  const dockerfile = 'FROM scratch\nCOPY server.js /\nCMD ["/server.js"]\n';
  const build = { platform: 'linux/s390x' as const };
  const run = await workspace.deploy({ build }, { dockerfile });
  await workspace.fails(run, {
    code: 'UNSCHEDULABLE_AFFINITY',
    stage: 'deploy',
    first: /didn't match Pod's node affinity\/selector/,
    fix: /comes from the "build.platform" of the app/,
  });
});

test('a kind of node that no node is', all, async ({ portal, kubectl }) => {
  const { client } = portal;
  const name = 'ws-faults-kind';
  const workspace = new FaultyWorkspace(name, client, kubectl);
  const dependencies = [{ name: 'db', type: 'postgres' as const }];
  await client.createWorkspace({ name, dependencies });
  await workspace.succeeds(await workspace.deploy());
  const wanted = (nodeSelector: object | null) =>
    kubectl.run(
      ...['patch', 'statefulset', 'db', `--namespace=${name}`, '--patch'],
      JSON.stringify({ spec: { template: { spec: { nodeSelector } } } }),
    );
  await wanted({ disk: 'fast' }); // Slipway does not say which: it stays as others want it
  const run = await workspace.deploy();
  await workspace.fails(run, {
    code: 'UNSCHEDULABLE_AFFINITY',
    stage: 'dependencies',
    first: /didn't match Pod's node affinity\/selector/,
    fix: /^Give a node the labels that the pod asks for/,
  });
  await wanted(null);
  await workspace.succeedsAgain(run);
});

test(
  'a volume that is where no node reaches it',
  all,
  async ({ workspace, kubectl }) => {
    const usual = 'storageclass.kubernetes.io/is-default-class';
    const classes = await kubectl.list('storageclasses');
    const { name: storageClassName } = classes.find(
      ({ metadata }) => metadata.annotations?.[usual] === 'true',
    )!.metadata;
    const hostname = {
      key: 'kubernetes.io/hostname',
      operator: 'In',
      values: ['elsewhere'],
    };
    const volume = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'slipway-faults' },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName,
        claimRef: { namespace: workspace.name, name: 'web.far' },
        local: { path: '/elsewhere' },
        nodeAffinity: {
          required: { nodeSelectorTerms: [{ matchExpressions: [hostname] }] },
        },
      },
    };
    await workspace.with(volume, async () => {
      const volumes = [{ name: 'far', mountPath: '/far' }];
      await workspace.fails(await workspace.deploy({ volumes }), {
        code: 'UNSCHEDULABLE_VOLUME',
        stage: 'deploy',
        first: /volume node affinity conflict|PersistentVolume's node affinity/,
        fix: /kubectl/,
      });
      await kubectl.run(
        ...['delete', 'pvc', 'web.far', `--namespace=${workspace.name}`],
        '--wait=false',
      );
    });
  },
);

test('a cluster that makes no volumes', all, async ({ workspace, kubectl }) => {
  const usual = 'storageclass.kubernetes.io/is-default-class';
  const classes = await kubectl.list('storageclasses');
  const { name } = classes.find(
    ({ metadata }) => metadata.annotations?.[usual] === 'true',
  )!.metadata;
  const volumes = [{ name: 'data', mountPath: '/data' }];
  await kubectl.run('annotate', 'storageclass', name, `${usual}-`);
  try {
    await workspace.fails(await workspace.deploy({ volumes }), {
      code: 'PVC_PENDING',
      stage: 'deploy',
      first:
        /^FailedBinding: no persistent volumes available for this claim and no storage class is set/,
      fix: /workspaces\.kubernetes\.storageClass/,
    });
    const { items } = await workspace.client.request<{
      items: { id: string; state: string }[];
    }>('GET', '/checks');
    expect(items).toContainEqual(
      expect.objectContaining({
        id: 'kubernetes-engine-storage',
        state: 'warning',
      }),
    );
  } finally {
    await kubectl.run('annotate', 'storageclass', name, `${usual}=true`);
  }
});
