import { chromium, type Page } from '@playwright/test';
import { fixtureApp, folderArchive } from '../../support/archive';
import { chromiumOptions } from '../../support/chromium';
import { openEngine } from '../../support/engine';
import { Kubectl } from '../../support/engine/Kubectl';
import { requireCluster } from '../../support/engine/testCluster';
import { usePortal } from '../../support/fixtures';
import { enter } from '../../support/pages';
import type { Portal } from '../../support/portal';
import { deploy } from '../deployments';
import { atMost, percentile, type Measurement } from '../table';

const WORKSPACE = 'ws-pixels';
const APP = 'pixels';
const CHANGES = 20;
/** In milliseconds, for a change to be seen. */
const LIMIT = 30_000;

/** How long after a change on the cluster the page shows it, with nobody asking for it. */
export async function measurePixels(): Promise<Measurement[]> {
  const kubectl = new Kubectl(requireCluster());
  const delays: number[] = [];
  await usePortal({ engine: openEngine('slipway-bench') }, async portal => {
    await serve(portal);
    const browser = await chromium.launch(chromiumOptions);
    try {
      const page = await browser.newPage();
      await enter(page, portal.baseUrl);
      await page.goto(
        `${portal.baseUrl}/catalog/default/component/${APP}/workspace`,
      );
      for (let i = 0; i < CHANGES; i++)
        delays.push(await untilGone(page, kubectl));
    } finally {
      await browser.close();
    }
  });
  return [
    atMost(
      'change on the cluster to the page that shows it, p95',
      percentile(delays, 0.95),
      'ms',
      1000,
    ),
  ];
}

async function serve({ client }: Portal): Promise<void> {
  const archive = await folderArchive(fixtureApp('faulty'));
  const upload = await client.upload(archive, 'faulty.tar.gz');
  const source = { type: 'upload' as const, upload: upload.id };
  await client.createWorkspace({
    name: WORKSPACE,
    apps: [{ name: APP, source }],
  });
  await deploy(client, WORKSPACE);
  await client.untilEntity(APP);
}

/** Removes the one replica at once; milliseconds from the command, whose own start is counted too, to the page without it. */
async function untilGone(page: Page, kubectl: Kubectl): Promise<number> {
  const table = page.getByRole('table', { name: /^Apps and their replicas/ });
  const [pod] = await kubectl.list('pods', `--namespace=${WORKSPACE}`);
  const { name } = pod.metadata;
  const suffix = name.split('-').at(-1)!;
  await table.getByText(suffix).waitFor({ timeout: LIMIT });
  const gone = table
    .getByText(suffix)
    .waitFor({ state: 'detached', timeout: LIMIT })
    .then(() => Date.now());
  const began = Date.now();
  await kubectl.run(
    ...['delete', 'pod', name, `--namespace=${WORKSPACE}`],
    ...['--force', '--grace-period=0', '--wait=false'],
  );
  return (await gone) - began;
}
