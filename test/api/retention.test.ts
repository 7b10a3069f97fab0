import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import { fixtureApp, folderArchive } from '../support/archive';
import { ApiError, type PortalClient } from '../support/client';
import { expect, test as base, usePortal } from '../support/fixtures';

const NAME = 'ws-retention';
const APP = 'slow';
const CLEAN_UP = 'workspaces-clean-up';

interface Task {
  taskId: string;
  taskState: { status: string; lastRunEndedAt?: string };
}

const test = base.extend<
  object,
  { keeping: Parameters<Parameters<typeof usePortal>[1]>[0] }
>({
  keeping: [
    async ({ engine }, use) =>
      usePortal({ engine, workspaces: { releases: { keep: 2 } } }, use),
    { scope: 'worker', timeout: 240_000 },
  ],
});

async function succeeded(client: PortalClient, { id }: Run): Promise<Run> {
  const run = await client.untilFinal(id);
  expect(run.state, JSON.stringify(run.diagnosis)).toBe('succeeded');
  return run;
}

/** Deploys the app with a comment, so that each makes another image. */
async function deploy(client: PortalClient, comment: string): Promise<Run> {
  const folder = fixtureApp(APP);
  const server = readFileSync(join(folder, 'server.js'), 'utf8');
  const changed = { 'server.js': `${server}// ${comment}\n` };
  const archive = await folderArchive(folder, changed);
  const { id } = await client.upload(archive, 'slow.tar.gz');
  await client.putApp(NAME, APP, { source: { type: 'upload', upload: id } });
  return succeeded(client, await client.startRun(NAME));
}

/** Has the hourly task run now, and waits until it has ended. */
async function cleanUp(client: PortalClient): Promise<void> {
  const path = '/.backstage/scheduler/v1/tasks';
  const task = async () => {
    const { tasks } = await client.request<{ tasks: Task[] }>('GET', path);
    return tasks.find(({ taskId }) => taskId === CLEAN_UP)!.taskState;
  };
  const isIdle = ({ status }: Task['taskState']) => status === 'idle';
  const before = await client.until(task, isIdle, 60_000, JSON.stringify);
  await client.request('POST', `${path}/${CLEAN_UP}/trigger`);
  await client.until(
    task,
    now => isIdle(now) && now.lastRunEndedAt !== before.lastRunEndedAt,
    60_000,
    JSON.stringify,
  );
}

test('images that nobody needs are removed, and no release is offered whose image is gone', async ({
  keeping: { client },
  engine,
}) => {
  const releases = async () =>
    (await client.releases(NAME, APP)).map(
      ({ number, state }) => `${number} ${state}`,
    );
  const images = async () =>
    (await engine.inventory(NAME)).filter(
      ({ kind, name }) => kind === 'image' && !/bundle-|cache/.test(name),
    );
  await client.createWorkspace({ name: NAME });
  const first = await deploy(client, 'first');
  for (const comment of ['second', 'third']) await deploy(client, comment);
  expect(await images()).toHaveLength(3);

  await cleanUp(client);
  if (engine.hasGateway) {
    expect(await releases()).toEqual([
      '3 serving',
      '2 superseded',
      '1 superseded',
    ]);
    expect(await images()).toHaveLength(3);
    return;
  }
  expect(await releases()).toEqual(['3 serving', '2 superseded', '1 retired']);
  expect(await images()).toHaveLength(2);
  const refused = async (asked: Promise<Run>) =>
    asked.catch((error: ApiError) => error.message);
  expect(await refused(client.rollback(NAME, APP, 1))).toContain(
    'release: 1 of "slow" cannot serve again: its image was removed',
  );
  expect(await refused(client.retry(first.id, 'deploy'))).toContain(
    'retry it from build',
  );
  await succeeded(client, await client.rollback(NAME, APP, 2));

  // The one that was gone back to has served after the third.
  await deploy(client, 'fourth');
  await cleanUp(client);
  expect(await releases()).toEqual([
    '4 serving',
    '3 retired',
    '2 superseded',
    '1 retired',
  ]);
  expect(await images()).toHaveLength(2);

  await succeeded(client, await client.retry(first.id, 'build'));
  expect((await releases())[0]).toBe('5 serving');
});
