import {
  deployStages,
  type Run,
  type StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import { expect, test } from '@playwright/test';
import { openEngine, type Recording } from '../support/engine';
import {
  answeringVersion,
  guestbookVersion,
  guestbookWorkspace,
} from '../support/guestbook';
import { Portal } from '../support/portal';

const engine = openEngine('slipway-crash');

/** What a run left behind, without what differs from run to run: names, times, ids, worker. */
interface Outcome {
  state: string;
  stages: string[];
  release: number | undefined;
  parts: string[];
  version: string;
}

test.describe.serial('a backend that is killed', () => {
  let recording: Recording;
  let portal: Portal;
  let undisturbed: Awaited<ReturnType<typeof deploy>>;

  async function outcomeOf(workspace: string, run: Run): Promise<Outcome> {
    const items = await engine.inventory(workspace);
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
      // Images are adopted, too, but are not the same: each has the name of its workspace in it.
      parts: items
        .filter(({ kind }) => kind !== 'image')
        .map(({ role }) => role),
      version: await answeringVersion(endpoint.url!),
    };
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
      made: await recording.made(workspace, id),
      epoch: run.epoch,
    };
    await client.untilFinal((await client.deleteWorkspace(workspace)).id);
    return seen;
  }

  test.beforeAll(async () => {
    test.setTimeout(240_000);
    await engine.removeAll();
    recording = await engine.record();
    portal = await Portal.prepare({
      engine,
      ...recording.portal,
    });
    await portal.start();
  });

  test.afterAll(async () => {
    await portal.remove();
    await recording.end();
    await engine.removeAll();
  });

  test('is compared with one that is not', async () => {
    undisturbed = await deploy();
    expect(undisturbed.outcome.state).toBe('succeeded');
    expect(undisturbed.made.length).toBeGreaterThan(0);
    expect(undisturbed.epoch).toBe(1);
  });

  deployStages.forEach(stage => {
    test(`during ${stage} leaves the run to end as an undisturbed one does, each object made once (D17)`, async () => {
      const killed = await deploy(stage);
      expect(killed.outcome).toEqual(undisturbed.outcome);
      expect(killed.made).toEqual(undisturbed.made);
    });
  });
});
