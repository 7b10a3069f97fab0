import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Kubectl } from '../engine/Kubectl';
import { trustFolder, type TestCluster } from '../engine/testCluster';
import { bundle } from '../portal';

/** The rights that portals need to change the trust of nodes, beside those of every day. */
const rights = readFileSync(
  join(
    bundle,
    '../plugins/workspaces-backend-module-kubernetes/rbac-node-trust.yaml',
  ),
  'utf8',
);

/** What a portal is told under `workspaces.kubernetes` so that it may let nodes trust the registry. */
export function trustSettings({ registry, images }: TestCluster) {
  const { address, authority, user, password } = registry;
  return {
    registry: {
      ...{ address, username: user, password, caFile: authority },
      trust: { mode: 'caBundle', image: images.busybox },
    },
  };
}

/** Lends out what makes the node forget that it trusts the registry; afterwards it trusts it as before. */
export async function useDistrust(
  cluster: TestCluster,
  kubectl: Kubectl,
  use: (forget: () => void) => Promise<void>,
): Promise<void> {
  const trusted = join(trustFolder(cluster), cluster.registry.address);
  const aside = `${trusted}.aside`;
  cpSync(trusted, aside, { recursive: true });
  await kubectl.apply(rights);
  const forget = () => rmSync(trusted, { recursive: true, force: true });
  try {
    await use(forget);
  } finally {
    forget();
    renameSync(aside, trusted);
    await kubectl.delete(rights);
  }
}
