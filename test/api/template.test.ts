import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import { ApiError, type PortalClient } from '../support/client';
import { containerOf } from '../support/engine';
import { expect, test } from '../support/fixtures';
import {
  answeringVersion,
  guestbookApp,
  guestbookArchive,
  guestbookVersion,
  readEntries,
  writeEntry,
} from '../support/guestbook';
import { Scaffolder } from '../support/scaffolder';

/** What the form of the template hands over, its fields filled in around an uploaded source. */
function formValues(name: string, upload: string) {
  return {
    name,
    owner: 'group:default/guests',
    size: 'small',
    app: { source: { type: 'upload', upload }, port: 3000 },
    appName: 'guestbook',
    healthPath: '/health',
    dependencies: ['postgres', 'redis'],
    connectionEnvironment: 'GUESTBOOK_URL',
    migration: 'node "migrate.js"',
    environment: [{ name: 'MODE', value: 'demo' }],
    secrets: [],
    plan: {},
  };
}

async function runsOf(client: PortalClient, workspace: string): Promise<Run[]> {
  return (
    await client.request<{ items: Run[] }>(
      'GET',
      `/runs?workspace=${workspace}`,
    )
  ).items;
}

async function remove(client: PortalClient, workspace: string): Promise<void> {
  const run = await client.untilFinal(
    (
      await client.deleteWorkspace(workspace)
    ).id,
  );
  expect(run.state, JSON.stringify(run.diagnosis)).toBe('succeeded');
}

test.describe
  .serial('the template "New workspace app", through the scaffolder, on the real engine', () => {
  test('a dry run asks for the plan and changes nothing', async ({
    portal,
    engine,
  }) => {
    const { client } = portal;
    const upload = await client.upload(
      await guestbookVersion('1.0.0'),
      'guestbook.tar.gz',
    );
    const { lines, output } = await new Scaffolder(client).dryRun(
      formValues('template', upload.id),
    );
    expect(lines.join('\n')).toMatch(/Would create .*guestbook/);
    expect(output.links[1].entityRef).toBe(
      'component:default/template.guestbook',
    );
    expect(
      await client
        .workspace('ws-template')
        .catch(error => (error as ApiError).status),
    ).toBe(404);
    expect(await engine.inventory('ws-template')).toEqual([]);
  });

  test('a task creates the workspace, follows its deployment in the log and ends with the address', async ({
    portal,
    engine,
  }) => {
    const { client } = portal;
    const scaffolder = new Scaffolder(client);
    const upload = await client.upload(
      await guestbookVersion('1.0.0'),
      'guestbook.tar.gz',
    );
    const task = await scaffolder.start(formValues('template', upload.id));
    const { status, output, error } = await scaffolder.untilEnded(task);
    expect(status, JSON.stringify(error)).toBe('completed');

    const lines = (await scaffolder.lines(task)).map(line =>
      line.replace(/^info: /, ''),
    );
    for (const stage of [
      'build guestbook',
      'migrate guestbook',
      'deploy guestbook',
      'verify guestbook',
    ]) {
      expect(lines.filter(line => line === `${stage}: started`)).toHaveLength(
        1,
      );
      expect(
        lines.filter(line => line.startsWith(`${stage}: succeeded after `)),
      ).toHaveLength(1);
    }
    const { url } = await client.endpoint('ws-template', 'guestbook');
    expect(lines).toContain(`guestbook answers at ${url}`);
    expect(output?.links).toEqual([
      { title: 'Open the app', url },
      {
        title: 'Show it in the catalog',
        icon: 'catalog',
        entityRef: 'component:default/template.guestbook',
      },
      {
        title: 'Show how it was built',
        url: '/catalog/default/component/template.guestbook/builds/1',
      },
    ]);
    expect(await answeringVersion(url!)).toBe('1.0.0');
    await writeEntry(url!, 'Grace', 'by template');
    expect(await readEntries(url!)).toMatchObject([
      { name: 'Grace', message: 'by template' },
    ]);

    const { owner, size } = await client.workspace('ws-template');
    expect({ owner, size }).toEqual({
      owner: 'group:default/guests',
      size: 'small',
    });
    const variables = await engine.environment(
      await containerOf(engine, 'ws-template', 'guestbook', 1),
    );
    expect(variables).toContain('MODE=demo');
    expect(
      [...variables].some(variable =>
        variable.startsWith('GUESTBOOK_URL=postgresql://'),
      ),
    ).toBe(true);
  });

  test('a name that is taken ends the task with what the API says', async ({
    portal,
  }) => {
    const { client } = portal;
    const scaffolder = new Scaffolder(client);
    const upload = await client.upload(
      await guestbookVersion('1.0.0'),
      'guestbook.tar.gz',
    );
    const refused = await client
      .createWorkspace({ name: 'ws-template', owner: 'group:default/guests' })
      .catch(error => error as ApiError);
    const { status, error } = await scaffolder.untilEnded(
      await scaffolder.start(formValues('template', upload.id)),
    );
    expect(status).toBe('failed');
    expect(error).toEqual({
      name: 'ConflictError',
      message: (refused as ApiError).body.error?.message,
    });
    await remove(client, 'ws-template');
  });

  test('a failed task names cause and fix, and its retry retries the run', async ({
    portal,
  }) => {
    const { client } = portal;
    const scaffolder = new Scaffolder(client);
    const upload = await client.upload(
      await guestbookVersion('2.0.0'),
      'guestbook.tar.gz',
    );
    const task = await scaffolder.start({
      ...formValues('retried', upload.id),
      migration: 'node missing.js',
    });
    const failed = await scaffolder.untilEnded(task);
    expect(failed.status).toBe('failed');
    expect(failed.error?.name).toBe('RunFailedError');
    expect(failed.error?.message).toMatch(
      /^Run 1 of ws-retried failed in migrate guestbook: .* See http.*\/catalog\/default\/component\/retried\.guestbook\/builds\/1$/,
    );
    const [before] = await runsOf(client, 'ws-retried');
    expect(before.state).toBe('failed');
    const said = (await scaffolder.lines(task)).join('\n');
    expect(said).toContain(`error: ${before.diagnosis?.code}: `);
    expect(said).toContain('error: Fix, by ');
    expect(said).toContain('error: First sign, ');

    const { name, ...definition } = guestbookApp(upload.id);
    await client.putApp('ws-retried', name, definition);
    await scaffolder.retry(task);
    const { status, error } = await scaffolder.untilEnded(task);
    expect(status, JSON.stringify(error)).toBe('completed');
    const runs = await runsOf(client, 'ws-retried');
    expect(runs.map(run => [run.id, run.state])).toEqual([
      [before.id, 'succeeded'],
    ]);
    const attempts = (stage: string) =>
      runs[0].stages
        .filter(each => each.name === stage)
        .map(each => each.state);
    expect(attempts('migrate')).toEqual(['failed', 'succeeded']);
    expect(attempts('build')).toEqual(['succeeded']);
    const { url } = await client.endpoint('ws-retried', 'guestbook');
    expect(await answeringVersion(url!)).toBe('2.0.0');
    await remove(client, 'ws-retried');
  });

  test('a cancelled task cancels the run and ends when it has stopped', async ({
    portal,
  }) => {
    const { client } = portal;
    const scaffolder = new Scaffolder(client);
    const endless = { Dockerfile: 'FROM node:22-slim\nRUN sleep 600\n' };
    const upload = await client.upload(
      await guestbookArchive(endless),
      'guestbook.tar.gz',
    );
    const task = await scaffolder.start(formValues('cancelled', upload.id));
    await scaffolder.untilLogged(task, 'build guestbook: started');
    await scaffolder.cancel(task);
    const { status } = await scaffolder.untilEnded(task);
    expect(status).not.toBe('completed');
    const [run] = await runsOf(client, 'ws-cancelled');
    expect(run.state).toBe('cancelled');
    expect((await scaffolder.lines(task)).join('\n')).toMatch(
      /build guestbook: cancelled after/,
    );
    await remove(client, 'ws-cancelled');
  });
});
