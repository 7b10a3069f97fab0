import { test as base } from '@playwright/test';
import { openEngine } from '../engine';
import { Kubectl } from '../engine/Kubectl';
import { requireCluster, type TestCluster } from '../engine/testCluster';
import { usePortal } from '../fixtures';
import type { Portal } from '../portal';
import { FaultyWorkspace } from './FaultyWorkspace';

export { FaultyWorkspace, type Cause } from './FaultyWorkspace';
export { expect } from '@playwright/test';

/** A fault that is only made with `npm run test:cluster -- --all`: each family has one that always is. */
export const all = { tag: '@all' };

const INSTANCE = 'slipway-faults';
/** A failure is certain sooner than a portal in earnest takes it to be. */
const IMPATIENT = {
  startTimeout: '20s',
  readinessTimeout: '8s',
  patience: '2s',
};

/** Lends out a portal on the cluster, with other settings under `workspaces.kubernetes` and beside it. */
export async function usePortalWith(
  kubernetes: object,
  use: (portal: Portal) => Promise<void>,
  {
    instance = INSTANCE,
    ...workspaces
  }: Record<string, unknown> & { instance?: string } = {},
): Promise<void> {
  const engine = openEngine(instance);
  const usual = engine.configuration.kubernetes as object;
  await usePortal(
    {
      engine,
      workspaces: {
        ...workspaces,
        kubernetes: { ...usual, ...IMPATIENT, ...kubernetes },
      },
    },
    use,
  );
}

/** Skips a test that leads a node elsewhere by its files, where they are not at hand. */
export function needsNodeFiles({ trust }: TestCluster): void {
  base.skip(
    !trust,
    'It needs the files of the node, and those of another cluster are not at hand',
  );
}

/** Skips a test that fills or keeps the only node, where there are several. */
export async function needsOneNode(kubectl: Kubectl): Promise<void> {
  const { length } = await kubectl.list('nodes');
  base.skip(length > 1, `It needs a cluster of one node; this has ${length}`);
}

/** One portal and one workspace, in which an app serves, for all faults of a worker. */
export const test = base.extend<
  object,
  {
    cluster: TestCluster;
    kubectl: Kubectl;
    portal: Portal;
    workspace: FaultyWorkspace;
  }
>({
  cluster: [async ({}, use) => use(requireCluster()), { scope: 'worker' }],
  kubectl: [
    async ({ cluster }, use) => use(new Kubectl(cluster)),
    { scope: 'worker' },
  ],
  portal: [
    async ({}, use) =>
      usePortalWith({}, use, { runs: { deadlines: { build: 60 } } }),
    { scope: 'worker', timeout: 240_000 },
  ],
  workspace: [
    async ({ portal, kubectl }, use) => {
      const workspace = new FaultyWorkspace(
        'ws-faults',
        portal.client,
        kubectl,
      );
      await workspace.begin();
      await use(workspace);
    },
    { scope: 'worker', timeout: 240_000 },
  ],
});
