import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  AppDefinition,
  Stage,
} from '@slipway/backstage-plugin-workspaces-common';
import { fixtureApp, folderArchive } from '../../support/archive';
import type { PortalClient } from '../../support/client';
import { openEngine } from '../../support/engine';
import { requireCluster } from '../../support/engine/testCluster';
import { usePortal } from '../../support/fixtures';
import { deploy, time, type Deployment } from '../deployments';
import { atMost, type Measurement } from '../table';

const BUILDERS = ['buildkit', 'buildah', 'kaniko'];

/**
 * What it takes to build an app again without a change, for which its image is used again, and with a change, for which
 * the cache of layers is; with each builder that the node has an image of. The app installs some tens of megabytes of
 * packages and is compiled, as most are: of what the guestbook takes, the pod of a build alone is half.
 */
export async function measureBuilds(): Promise<Measurement[]> {
  const { images } = requireCluster();
  const measurements = [];
  for (const builder of BUILDERS) {
    if (images[builder]) measurements.push(...(await measureBuilder(builder)));
    else
      process.stdout.write(
        `${builder} is not measured: "npm run cluster:up -- --builders" brings its image\n`,
      );
  }
  return measurements;
}

async function measureBuilder(builder: string): Promise<Measurement[]> {
  const engine = openEngine('slipway-bench');
  const usual = engine.configuration.kubernetes as object;
  const { [builder]: image } = requireCluster().images;
  const builds = { builder, images: { [builder]: image } };
  const deployments: Deployment[] = [];
  await usePortal(
    { engine, workspaces: { kubernetes: { ...usual, builds } } },
    async ({ client }) => {
      const app = { name: 'website', ...(await website(client)) };
      await client.createWorkspace({ name: 'ws-website', apps: [app] });
      deployments.push(await deploy(client, 'ws-website'));
      deployments.push(await deploy(client, 'ws-website'));
      const changed = await website(client, { 'src/main.jsx': changedPage() });
      await client.putApp('ws-website', 'website', changed);
      deployments.push(await deploy(client, 'ws-website'));
    },
  );
  const [cold, again, changed] = deployments.map(buildTime);
  const ofCold = (taken: number) => (100 * taken) / cold;
  return [
    atMost(
      `build without a change by ${builder}, share of the cold one (${cold} ms)`,
      ofCold(again),
      '%',
      30,
    ),
    atMost(
      `build with one file changed by ${builder}, share of the cold one`,
      ofCold(changed),
      '%',
      100,
    ),
  ];
}

async function website(
  client: PortalClient,
  replaced: Record<string, string> = {},
): Promise<AppDefinition> {
  const source = await folderArchive(fixtureApp('website'), replaced);
  const { id } = await client.upload(source, 'website.tar.gz');
  return { source: { type: 'upload', upload: id }, port: 4000 };
}

/** The packages stay the same. */
function changedPage(): string {
  const page = readFileSync(join(fixtureApp('website'), 'src/main.jsx'));
  return page.toString().replace('visits}', 'visits} more');
}

function buildTime({ run }: Deployment): number {
  const { startedAt, endedAt } = run.stages.find(
    ({ name }) => name === 'build',
  ) as Stage;
  return time(endedAt) - time(startedAt);
}
