import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import { all, expect, test, usePortalWith } from '../support/faults';
import { FaultyWorkspace } from '../support/faults/FaultyWorkspace';

test('a Secret that somebody removes is made by a retry', async ({
  workspace,
}) => {
  let run: Run | undefined;
  await workspace.without('secret/slipway-push', async () => {
    run = await workspace.deploy({}, { text: 'secret' });
    await workspace.fails(run, {
      code: 'SECRET_MISSING',
      stage: 'build',
      first: /^FailedMount: .*secret "slipway-push" not found/,
      fix: /kubectl get secret -n ws-faults-build --watch/,
      fixedBy: 'user',
    });
  });
  await workspace.succeedsAgain(run!);
});

test(
  'a ConfigMap that somebody removes is made by a retry',
  all,
  async ({ workspace }) => {
    let run: Run | undefined;
    await workspace.without('configmap/slipway-build', async () => {
      run = await workspace.deploy({}, { text: 'map' });
      await workspace.fails(run, {
        code: 'CONFIGMAP_MISSING',
        stage: 'build',
        first: /^FailedMount: .*configmap "slipway-build" not found/,
        fix: /kubectl get configmap -n ws-faults-build --watch/,
        fixedBy: 'user',
      });
    });
    await workspace.succeedsAgain(run!);
  },
);

test(
  'a ServiceAccount that somebody removes is made by a retry',
  all,
  async ({ workspace }) => {
    let run: Run | undefined;
    await workspace.without('serviceaccount/slipway-build', async () => {
      run = await workspace.deploy({}, { text: 'account' });
      await workspace.fails(run, {
        code: 'SERVICEACCOUNT_MISSING',
        stage: 'build',
        first:
          /serviceaccounts "slipway-build" not found|service account \S+slipway-build/,
        fix: /kubectl get serviceaccount -n ws-faults-build --watch/,
        fixedBy: 'user',
      });
    });
    await workspace.succeedsAgain(run!);
  },
);

/** All that a portal needs, but for quotas. */
const RIGHTS = [
  {
    apiGroups: [''],
    resources: [
      ...['namespaces', 'pods', 'pods/log', 'pods/proxy', 'services'],
      ...['pods/ephemeralcontainers', 'secrets', 'configmaps', 'events'],
      ...['serviceaccounts', 'persistentvolumeclaims', 'limitranges', 'nodes'],
    ],
    verbs: ['*'],
  },
  {
    apiGroups: [
      ...['apps', 'batch', 'networking.k8s.io', 'tekton.dev'],
      ...['storage.k8s.io', 'metrics.k8s.io', 'discovery.k8s.io'],
    ],
    resources: ['*'],
    verbs: ['*'],
  },
];

test(
  'a right that the portal lacks, until the Role of the fix is applied',
  all,
  async ({ kubectl }) => {
    const name = 'slipway-faults-rights';
    const metadata = { name, namespace: 'default' };
    const role = 'rbac.authorization.k8s.io';
    const account = {
      apiVersion: 'v1',
      kind: 'List',
      items: [
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
        {
          apiVersion: `${role}/v1`,
          kind: 'ClusterRole',
          metadata: { name },
          rules: RIGHTS,
        },
        {
          apiVersion: `${role}/v1`,
          kind: 'ClusterRoleBinding',
          metadata: { name },
          roleRef: { apiGroup: role, kind: 'ClusterRole', name },
          subjects: [{ kind: 'ServiceAccount', ...metadata }],
        },
      ],
    };
    await kubectl.apply(account);
    const folder = mkdtempSync(join(tmpdir(), 'slipway-rights-'));
    const kubeconfig = join(folder, 'kubeconfig');
    try {
      const token = await kubectl.run(
        'create',
        'token',
        name,
        '--namespace=default',
      );
      writeFileSync(
        kubeconfig,
        await kubectl
          .run('config', 'view', '--raw', '--output=json')
          .then(text => {
            const config = JSON.parse(text);
            config.users[0].user = { token: token.trim() };
            return JSON.stringify(config);
          }),
        { mode: 0o600 },
      );
      expect(readFileSync(kubeconfig, 'utf8')).not.toContain('client-key');
      await usePortalWith(
        { kubeconfig },
        async ({ client }) => {
          const workspace = new FaultyWorkspace(
            'ws-faults-rights',
            client,
            kubectl,
          );
          await client.createWorkspace({ name: workspace.name });
          let run = await workspace.deploy();
          const fix = await workspace.fails(run, {
            code: 'RBAC_DENIED',
            stage: 'provision',
            first:
              /cannot patch resource "resourcequotas" in API group "" in the namespace "ws-faults-rights"/,
            fix: /kind: Role\n.*resources:\n\s+- resourcequotas\n\s+verbs:\n\s+- patch/s,
          });
          expect(fix).toContain(`namespace: default\n  name: ${name}`);
          // The API server asks for one right after the other.
          let remedy: string | undefined = fix;
          for (let applied = 0; remedy && applied < 5; applied++) {
            await kubectl.apply(remedy.slice(remedy.indexOf('\n') + 1));
            run = await client.untilFinal((await client.retry(run.id)).id);
            remedy =
              run.diagnosis?.code === 'RBAC_DENIED'
                ? run.diagnosis.fix
                : undefined;
          }
          expect(run.state, JSON.stringify(run.diagnosis)).toBe('succeeded');
        },
        { instance: 'slipway-faults-rights' },
      );
    } finally {
      rmSync(folder, { recursive: true });
      await kubectl.delete(account);
    }
  },
);
