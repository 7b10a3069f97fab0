import { readFileSync } from 'node:fs';
import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import { openEngine } from '../../support/engine';
import { usePortal } from '../../support/fixtures';
import type { PortalClient } from '../../support/client';
import type { Portal } from '../../support/portal';
import { fixtureApp, folderArchive } from '../../support/archive';
import { deploy } from '../deployments';
import { atMost, percentile, type Measurement } from '../table';

const RUNS = 100;
const WORKSPACES = 5;
/** In milliseconds, for all of them. */
const LIMIT = 15 * 60_000;
const MEMORY_EVERY = 1000;

/** What becomes of a hundred runs that are asked for at once, and of the portal's memory meanwhile. */
export async function measureQueue(): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  const engine = openEngine('slipway-bench');
  await usePortal({ engine }, async portal => {
    const { client } = portal;
    const workspaces: string[] = [];
    for (let i = 1; i <= WORKSPACES; i++)
      workspaces.push(await deployedWorkspace(client, `ws-queue-${i}`));
    const memory = watchMemory(portal);
    const asked = await Promise.all(
      Array.from({ length: RUNS }, (_, i) =>
        client.startRun(workspaces[i % WORKSPACES]),
      ),
    );
    const ended: Run[] = [];
    // One after the other: to ask about all of them at once would be most of the work.
    for (const { id } of asked) ended.push(await client.untilFinal(id, LIMIT));
    measurements.push(
      atMost(
        `runs that did not succeed, of ${RUNS} that were queued at once`,
        ended.filter(({ state }) => state !== 'succeeded').length,
        'runs',
        0,
      ),
      atMost(
        'runs that were done twice or not at all',
        RUNS - new Set(ended.map(order)).size,
        'runs',
        0,
      ),
      atMost(
        'memory of the portal in the last quarter of the queue, share of the first',
        memory.growth(),
        '%',
        115,
      ),
    );
  });
  return measurements;
}

async function deployedWorkspace(
  client: PortalClient,
  name: string,
): Promise<string> {
  const archive = await folderArchive(fixtureApp('faulty'));
  const upload = await client.upload(archive, 'faulty.tar.gz');
  const source = { type: 'upload' as const, upload: upload.id };
  await client.createWorkspace({ name, apps: [{ name: 'web', source }] });
  await deploy(client, name);
  return name;
}

function order({ workspace, number }: Run): string {
  return `${workspace} ${number}`;
}

/** Samples the resident memory of a portal until it is asked how that has grown. */
function watchMemory({ pid }: Portal) {
  const samples: number[] = [];
  const timer = setInterval(() => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    samples.push(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]));
  }, MEMORY_EVERY);
  return {
    /** The median of the last quarter of the samples in percent of that of the first. */
    growth(): number {
      clearInterval(timer);
      const quarter = Math.max(1, Math.floor(samples.length / 4));
      return (
        (100 * percentile(samples.slice(-quarter), 0.5)) /
        percentile(samples.slice(0, quarter), 0.5)
      );
    },
  };
}
