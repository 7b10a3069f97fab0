import type { Run, Secret } from '@slipway/backstage-plugin-workspaces-common';
import { fixtureApp, folderArchive } from '../support/archive';
import type { PortalClient } from '../support/client';
import { containerOf, runningParts } from '../support/engine';
import { expect, test } from '../support/fixtures';
import { askSlow, underLoad } from '../support/load';

const NAME = 'ws-operate';
const APP = 'slow';

async function succeeded(client: PortalClient, { id }: Run): Promise<Run> {
  const run = await client.untilFinal(id);
  expect(run.state, JSON.stringify(run.diagnosis)).toBe('succeeded');
  return run;
}

test.describe.serial('an app is restarted and scaled while it is used', () => {
  let url = '';
  let token: Secret;

  test('it is deployed', async ({ portal }) => {
    const { client } = portal;
    const { owner } = await client.createWorkspace({ name: NAME });
    token = await client.request('POST', '/secrets', {
      body: { owner, value: 'the old token' },
    });
    const upload = await client.upload(
      await folderArchive(fixtureApp('slow')),
      'slow.tar.gz',
    );
    await client.putApp(NAME, APP, {
      source: { type: 'upload', upload: upload.id },
      environment: [{ name: 'TOKEN', secret: token.id }],
      files: [{ path: '/app/keys/token', secret: token.id }],
    });
    await succeeded(client, await client.startRun(NAME));
    url = (await client.endpoint(NAME, APP)).url!;
    expect(await askSlow(url, 0)).toMatchObject({
      token: 'the old token',
      file: 'the old token',
    });
  });

  test('a restart brings up another container with the secret of today, and loses no request', async ({
    portal,
    engine,
  }) => {
    const { client } = portal;
    const roles = async () =>
      (await engine.inventory(NAME)).map(({ role }) => role);
    const before = await roles();
    await client.request('PUT', `/secrets/${token.id}`, {
      body: { value: 'the new token' },
    });
    const { answers, lost } = await underLoad(url, engine, async () => {
      const run = await succeeded(
        client,
        await client.restart(NAME, APP, 'A new token'),
      );
      expect(run).toMatchObject({ kind: 'restart', reason: 'A new token' });
      expect(run.stages.map(({ name }) => name)).toEqual([
        'deploy',
        'expose',
        'verify',
      ]);
    });
    expect(lost).toEqual([]);
    expect(new Set(answers.map(answer => answer.token))).toEqual(
      new Set(['the old token', 'the new token']),
    );
    expect(await askSlow(url, 0)).toMatchObject({
      token: 'the new token',
      file: 'the new token',
    });

    const [second, first] = await client.releases(NAME, APP);
    expect(second).toMatchObject({
      number: 2,
      image: first.image,
      state: 'serving',
    });
    expect((await client.endpoint(NAME, APP)).release).toBe(2);
    expect(await runningParts(engine, NAME)).toEqual(['slow r2']);
    expect(await roles()).toEqual(
      before.map(role => role.replace(/\br1\b/, 'r2')),
    );
  });

  test('a second replica is added beside the first, which is not touched, and loses no request when it goes', async ({
    portal,
    engine,
  }) => {
    const { client } = portal;
    const first = await containerOf(engine, NAME, APP, 2);
    await succeeded(client, await client.scale(NAME, APP, 2));
    const both = await engine.containers(NAME);
    expect(both).toHaveLength(2);
    const second = both.find(({ id }) => id !== first.id)!;
    const used = async () =>
      new Set(
        (await Promise.all([0, 0, 0, 0].map(() => askSlow(url, 100)))).map(
          answer => answer.replica,
        ),
      );
    expect(
      await client.until(
        used,
        replicas => replicas.size === 2,
        60_000,
        replicas => [...replicas].join(),
      ),
    ).toEqual(new Set([first.hostname, second.hostname]));
    expect((await client.workspace(NAME)).apps[0].spec.replicas).toBe(2);

    const { answers, lost } = await underLoad(url, engine, async () => {
      await succeeded(client, await client.scale(NAME, APP, 1));
    });
    expect(lost).toEqual([]);
    expect(answers.map(({ replica }) => replica)).toContain(second.hostname);
    expect(await engine.containers(NAME)).toEqual([first]);
    expect(
      (await client.releases(NAME, APP)).map(
        ({ number, state }) => `${number} ${state}`,
      ),
    ).toEqual(['2 serving', '1 superseded']);
  });

  test('without replicas it is stopped, which its address says, and it comes back there', async ({
    portal,
    engine,
  }) => {
    const { client } = portal;
    const run = await succeeded(client, await client.scale(NAME, APP, 0));
    expect(run.reason).toBe('Scale of slow to 0 replicas');
    expect(await engine.containers(NAME)).toEqual([]);
    const answer = await fetch(url).then(
      async response => `${response.status} ${await response.text()}`,
      () => 'nobody answers',
    );
    expect(answer).toBe(
      engine.hasGateway
        ? '503 App "slow" of workspace "ws-operate" is stopped: it is scaled to 0 replicas\n'
        : 'nobody answers',
    );
    expect(await client.endpoint(NAME, APP)).toMatchObject({
      state: 'stopped',
      url,
      release: 2,
    });

    await succeeded(client, await client.scale(NAME, APP, 1));
    expect((await askSlow(url, 0)).token).toBe('the new token');
    expect((await client.releases(NAME, APP))[0]).toMatchObject({
      number: 2,
      state: 'serving',
    });
    await succeeded(client, await client.deleteWorkspace(NAME));
  });
});
