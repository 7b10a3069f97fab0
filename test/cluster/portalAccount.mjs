// The account under which a portal works in the cluster: it may do what the
// module for Kubernetes asks operators for, and nothing else.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../../scripts/paths.mjs';
import { kubectl } from './kubectl.mjs';

const rights = join(
  repository,
  'plugins/workspaces-backend-module-kubernetes/rbac.yaml',
);
const account = 'slipway';
const lasts = '12h';

/**
 * Makes it in a cluster, or makes it so again; returns the path of its
 * kubeconfig, which is put into `folder`.
 */
export async function makePortalAccount(cluster, folder) {
  const ask = args => kubectl(args, undefined, cluster);
  await ask([
    ...['apply', '--server-side', '--force-conflicts'], // suites may have applied it as well
    ...['--filename', rights],
  ]);
  const token = await ask([
    ...['create', 'token', account, '--namespace', account],
    ...['--duration', lasts],
  ]);
  const [reached] = JSON.parse(
    await ask([
      'config',
      'view',
      '--raw',
      '--minify',
      '--flatten',
      '--output=json',
    ]),
  ).clusters;
  const path = join(folder, 'portal.kubeconfig');
  const context = { cluster: reached.name, user: account };
  // JSON is YAML.
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [reached],
    users: [{ name: account, user: { token: token.trim() } }],
    contexts: [{ name: account, context }],
    'current-context': account,
  };
  writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
  return path;
}
