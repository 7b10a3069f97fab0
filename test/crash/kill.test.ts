import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployStages, type Run, type StageName } from '@slipway/backstage-plugin-workspaces-common';
import { expect, test } from '@playwright/test';
import { connectEngine, inventory, removeAll, type Inventory } from '../support/engine';
import { guestbookVersion, guestbookWorkspace, answeringVersion } from '../support/guestbook';
import { Portal } from '../support/portal';
import { SocketProxy, type Effect } from '../support/socketProxy';

const INSTANCE = 'slipway-crash';
const NAME = 'ws-guestbook';
const docker = connectEngine();

/** What a run left behind, without what differs from run to run: times, ids, worker. */
interface Outcome {
  state: string;
  stages: string[];
  release: number | undefined;
  inventory: Omit<Inventory, 'images'>;
  version: string;
}

async function outcomeOf(portal: Portal, run: Run): Promise<Outcome> {
  const { images: _images, ...objects } = await inventory(docker, INSTANCE, NAME);
  const endpoint = await portal.client.endpoint(NAME, 'guestbook');
  return {
    state: run.state,
    stages: run.stages.map(stage => `${stage.name}/${stage.app ?? ''}#${stage.attempt} ${stage.state}`).sort(),
    release: endpoint.release,
    // Jobs are named after their run.
    inventory: { ...objects, containers: objects.containers.map(name => name.replace(run.id, '<run>')) },
    version: await answeringVersion(endpoint.url!),
  };
}

/** Objects that the engine was made to create, by name; each name must have been created once. */
function created(effects: Effect[], runId: string): string[] {
  return effects
    .filter(effect => /\/(containers|networks|volumes)\/create/.test(effect.path) && effect.status === 201)
    .map(effect => effect.path.replace(runId, '<run>'))
    .filter(path => path.includes('name='))
    .sort();
}

async function deploy(stage?: StageName): Promise<{ outcome: Outcome; effects: string[]; epoch: number }> {
  await removeAll(docker, INSTANCE);
  const directory = mkdtempSync(join(tmpdir(), 'slipway-proxy-'));
  const socket = join(directory, 'docker.sock');
  const proxy = await SocketProxy.listen(socket, (process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace('unix://', ''));
  const portal = await Portal.prepare({ instance: INSTANCE, dockerHost: `unix://${socket}` });
  try {
    await portal.start();
    const { client } = portal;
    const upload = await client.upload(await guestbookVersion('1.0.0'), 'guestbook.tar.gz');
    await client.createWorkspace(guestbookWorkspace(NAME, upload.id));
    const { id } = await client.startRun(NAME);
    if (stage) {
      await client.until(
        () => client.run(id),
        run => run.stages.some(({ name, state }) => name === stage && state !== 'pending'),
        120_000,
        run => `stage ${stage} has not begun: ${JSON.stringify(run.stages)}`,
      );
      await portal.kill();
      await portal.start();
    }
    const run = await client.untilFinal(id);
    expect(run.diagnosis, JSON.stringify(run.diagnosis)).toBeUndefined();
    return { outcome: await outcomeOf(portal, run), effects: created(proxy.effects, id), epoch: run.epoch };
  } finally {
    await portal.remove();
    await proxy.close();
    await removeAll(docker, INSTANCE);
    rmSync(directory, { recursive: true, force: true });
  }
}

test.describe.serial('a backend that is killed', () => {
  let undisturbed: Awaited<ReturnType<typeof deploy>>;

  test('is compared with one that is not', async () => {
    undisturbed = await deploy();
    expect(undisturbed.outcome.state).toBe('succeeded');
    expect(undisturbed.epoch).toBe(1);
  });

  deployStages.forEach(stage => {
    test(`during ${stage} leaves the run to end as an undisturbed one does, each object made once (D17)`, async () => {
      const killed = await deploy(stage);
      expect(killed.outcome).toEqual(undisturbed.outcome);
      expect(killed.effects).toEqual(undisturbed.effects);
    });
  });
});
