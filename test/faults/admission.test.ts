import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import { all, FaultyWorkspace, test, usePortalWith } from '../support/faults';

const KEPT = { apiVersion: 'v1', kind: 'ConfigMap' };

test('a quota that is used up', async ({ workspace }) => {
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'tight', namespace: workspace.name },
    spec: { hard: { pods: '0' } },
  };
  await workspace.with(quota, async () => {
    await workspace.fails(await workspace.restart(), {
      code: 'QUOTA_EXCEEDED',
      stage: 'deploy',
      first:
        /exceeded quota: tight, requested: pods=1, used: pods=\d, limited: pods=0/,
      fix: /^Give the workspace a larger "size"/,
      fixedBy: 'user',
    });
  });
});

test(
  'a quota of a build that never has room for it',
  all,
  async ({ workspace }) => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'tight', namespace: workspace.builds },
      spec: { hard: { 'requests.cpu': '100m' } },
    };
    await workspace.with(quota, async () => {
      await workspace.fails(await workspace.deploy({}, { text: 'quota' }), {
        code: 'QUOTA_EXCEEDED',
        stage: 'build',
        first: /^ExceededResourceQuota: .*limited: requests\.cpu=100m/,
        fix: /larger "size"/,
        fixedBy: 'user',
      });
    });
  },
);

test('a quota that wants limits', all, async ({ workspace }) => {
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'demanding', namespace: workspace.builds },
    spec: { hard: { 'limits.cpu': '100' } }, // the containers of Tekton's own have none
  };
  await workspace.with(quota, async () => {
    await workspace.fails(await workspace.deploy({}, { text: 'limits' }), {
      code: 'LIMITS_REQUIRED',
      stage: 'build',
      first: /failed quota: demanding: must specify limits\.cpu for: /,
      fix: /kubectl get resourcequota,limitrange -n ws-faults-build/,
    });
  });
});

test(
  'a LimitRange that an app is too large for',
  all,
  async ({ workspace }) => {
    const range = {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'narrow', namespace: workspace.name },
      spec: { limits: [{ type: 'Container', max: { cpu: '10m' } }] },
    };
    await workspace.with(range, async () => {
      await workspace.fails(await workspace.restart(), {
        code: 'LIMITRANGE_EXCEEDED',
        stage: 'deploy',
        first: /maximum cpu usage per Container is 10m, but limit is/,
        fix: /kubectl get limitrange -n ws-faults/,
      });
    });
  },
);

test('a LimitRange that slows a build down', all, async ({ kubectl }) => {
  const name = 'ws-faults-slow';
  const range = {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'slow', namespace: `${name}-build` },
    spec: { limits: [{ type: 'Container', default: { cpu: '10m' } }] },
  };
  await usePortalWith(
    {},
    async ({ client }) => {
      const workspace = new FaultyWorkspace(name, client, kubectl);
      await client.createWorkspace({ name });
      // Whatever becomes of it: it makes the namespace of the builds.
      await client.untilFinal((await workspace.deploy()).id);
      await workspace.with(range, async () => {
        await workspace.fails(await workspace.deploy({}, { text: 'slow' }), {
          code: 'LIMITRANGE_THROTTLE',
          stage: 'build',
          first: /^The LimitRange slow gives containers .* 10m of a CPU/,
          fix: /kubectl delete limitrange -n ws-faults-slow-build slow/,
        });
      });
    },
    { instance: 'slipway-faults-slow', runs: { deadlines: { build: 12 } } },
  );
});

test('a policy of the cluster that denies', all, async ({ workspace }) => {
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'slipway-faults' },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        namespaceSelector: {
          matchLabels: { 'kubernetes.io/metadata.name': workspace.name },
        },
        resourceRules: [
          {
            apiGroups: ['apps'],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['deployments'],
          },
        ],
      },
      validations: [
        { expression: 'false', message: 'apps need a cost centre' },
      ],
    },
  };
  const binding = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'slipway-faults' },
    spec: { policyName: 'slipway-faults', validationActions: ['Deny'] },
  };
  const both = { apiVersion: 'v1', kind: 'List', items: [policy, binding] };
  await workspace.with(both, async () => {
    await workspace.untilRefused('apps need a cost centre');
    await workspace.fails(await workspace.restart(), {
      code: 'WEBHOOK_DENIED',
      stage: 'deploy',
      first: /denied request: apps need a cost centre/,
      fix: /make an exception for the namespaces of Slipway/,
    });
  });
});

test('a webhook that does not answer', all, async ({ workspace }) => {
  const hook = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'slipway-faults' },
    webhooks: [
      {
        name: 'gate.example.com',
        clientConfig: {
          service: { name: 'gate', namespace: workspace.name, path: '/' },
        },
        rules: [
          {
            apiGroups: ['apps'],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['deployments'],
          },
        ],
        namespaceSelector: {
          matchLabels: { 'kubernetes.io/metadata.name': workspace.name },
        },
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 1,
      },
    ],
  };
  await workspace.with(hook, async () => {
    await workspace.untilRefused('failed calling webhook');
    await workspace.fails(await workspace.restart(), {
      code: 'WEBHOOK_UNREACHABLE',
      stage: 'deploy',
      first: /failed calling webhook "gate\.example\.com"/,
      fix: /^Bring its service gate\.ws-faults\.svc back/,
    });
  });
});

test(
  'a namespace that is being removed and does not go',
  all,
  async ({ workspace }) => {
    const { kubectl, builds: namespace } = workspace;
    const metadata = { name: 'keeper', namespace };
    await kubectl.apply({
      ...KEPT,
      metadata: { ...metadata, finalizers: ['example.com/keep'] },
    });
    await kubectl.run('delete', 'namespace', namespace, '--wait=false');
    try {
      await workspace.fails(await workspace.deploy({}, { text: 'removed' }), {
        code: 'NAMESPACE_TERMINATING',
        stage: 'build',
        first: /because it is being terminated/,
        fix: /kubectl get namespace ws-faults-build -o yaml/,
      });
    } finally {
      await kubectl.apply({
        ...KEPT,
        metadata: { ...metadata, finalizers: [] },
      });
      await kubectl.run(
        'wait',
        `namespace/${namespace}`,
        '--for=delete',
        '--timeout=60s',
      );
    }
    await workspace.succeeds(
      await workspace.deploy({}, { text: 'there again' }),
    );
  },
);

test(
  'a level of Pod Security that somebody sets, and a retry sets right',
  all,
  async ({ workspace }) => {
    const level = 'pod-security.kubernetes.io/enforce=restricted';
    const label = ['label', 'namespace', workspace.builds, level];
    let run: Run | undefined;
    await workspace.against([...label, '--overwrite'], async () => {
      run = await workspace.deploy({}, { text: 'level' });
      await workspace.fails(run, {
        code: 'PSA_DENIED',
        stage: 'build',
        first: /violates PodSecurity "restricted:latest"/,
        fix: /^Let builds run at the level "baseline"/,
      });
    });
    await workspace.succeedsAgain(run!);
  },
);
