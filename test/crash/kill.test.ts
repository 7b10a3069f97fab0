import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  deployStages,
  type Run,
  type StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import { expect, test } from '@playwright/test';
import {
  connectEngine,
  inventory,
  removeAll,
  type Inventory,
} from '../support/engine';
import {
  answeringVersion,
  guestbookVersion,
  guestbookWorkspace,
} from '../support/guestbook';
import { Portal } from '../support/portal';
import { SocketProxy } from '../support/socketProxy';

const INSTANCE = 'slipway-crash';
const docker = connectEngine();

/** What a run left behind, without what differs from run to run: names, times, ids, worker. */
interface Outcome {
  state: string;
  stages: string[];
  release: number | undefined;
  inventory: Omit<Inventory, 'images'>;
  version: string;
}

test.describe.serial('a backend that is killed', () => {
  let directory: string;
  let proxy: SocketProxy;
  let portal: Portal;
  let undisturbed: Awaited<ReturnType<typeof deploy>>;

  async function outcomeOf(workspace: string, run: Run): Promise<Outcome> {
    const anonymous = (names: string[]) =>
      names.map(name =>
        name.replace(workspace, '<workspace>').replace(run.id, '<run>'),
      );
    const found = await inventory(docker, INSTANCE, workspace);
    const endpoint = await portal.client.endpoint(workspace, 'guestbook');
    return {
      state: run.state,
      stages: run.stages
        .map(
          ({ name, app, attempt, state }) =>
            `${name}/${app ?? ''}#${attempt} ${state}`,
        )
        .sort(),
      release: endpoint.release,
      inventory: {
        containers: anonymous(found.containers),
        networks: anonymous(found.networks),
        volumes: anonymous(found.volumes),
      },
      version: await answeringVersion(endpoint.url!),
    };
  }

  /**
   * Containers that the engine was made to create for a workspace, by name. Helpers are left
   * out: they look at an app that is slow to answer, and how slow it is differs.
   */
  function created(workspace: string, runId: string): string[] {
    return proxy.effects
      .filter(
        ({ path, status }) =>
          path.includes('/containers/create?') &&
          path.includes(`${workspace}.`) &&
          !path.includes('.helper.') &&
          status === 201,
      )
      .map(({ path }) =>
        path.replaceAll(workspace, '<workspace>').replace(runId, '<run>'),
      )
      .sort();
  }

  /** Deploys the guestbook in a workspace of its own; the backend is killed once during that stage. */
  async function deploy(stage?: StageName) {
    const { client } = portal;
    const workspace = `ws-${stage ?? 'undisturbed'}`;
    const upload = await client.upload(
      await guestbookVersion('1.0.0'),
      'guestbook.tar.gz',
    );
    await client.createWorkspace(guestbookWorkspace(workspace, upload.id));
    const { id } = await client.startRun(workspace);
    if (stage) {
      await client.until(
        () => client.run(id),
        run =>
          run.stages.some(
            ({ name, state }) => name === stage && state !== 'pending',
          ),
        120_000,
        run => `stage ${stage} has not begun: ${JSON.stringify(run.stages)}`,
      );
      await portal.kill();
      await portal.start();
    }
    const run = await client.untilFinal(id);
    expect(run.diagnosis, JSON.stringify(run.diagnosis)).toBeUndefined();
    const seen = {
      outcome: await outcomeOf(workspace, run),
      effects: created(workspace, id),
      epoch: run.epoch,
    };
    await client.untilFinal((await client.deleteWorkspace(workspace)).id);
    return seen;
  }

  test.beforeAll(async () => {
    test.setTimeout(240_000);
    await removeAll(docker, INSTANCE);
    directory = mkdtempSync(join(tmpdir(), 'slipway-proxy-'));
    const socket = join(directory, 'docker.sock');
    const engine = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
    proxy = await SocketProxy.listen(socket, engine.replace('unix://', ''));
    portal = await Portal.prepare({
      instance: INSTANCE,
      dockerHost: `unix://${socket}`,
    });
    await portal.start();
  });

  test.afterAll(async () => {
    await portal.remove();
    await proxy.close();
    await removeAll(docker, INSTANCE);
    rmSync(directory, { recursive: true, force: true });
  });

  test('is compared with one that is not', async () => {
    undisturbed = await deploy();
    expect(undisturbed.outcome.state).toBe('succeeded');
    expect(undisturbed.effects.length).toBeGreaterThan(0);
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
