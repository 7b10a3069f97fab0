import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import { ApiError } from '../support/client';
import { containerOf, runningParts } from '../support/engine';
import { expect, test } from '../support/fixtures';
import {
  answeringVersion,
  brokenGuestbook,
  guestbookApp,
  guestbookVersion,
  guestbookWorkspace,
  readEntries,
  writeEntry,
} from '../support/guestbook';

const NAME = 'ws-guestbook';
const APP = 'guestbook';

/** State of the last attempt of every stage. */
function lastAttempts(run: Run): Record<string, string> {
  const states: Record<string, string> = {};
  for (const stage of [...run.stages].sort((a, b) => a.attempt - b.attempt))
    states[stage.name] = stage.state;
  return states;
}

test.describe
  .serial('the main job, through the API, on the real engine', () => {
  let url = '';
  let failedMigration: Run;

  test('a workspace is created, its app uploaded, built, migrated, deployed and reached', async ({
    portal,
  }) => {
    const { client } = portal;
    const upload = await client.upload(
      await guestbookVersion('1.0.0'),
      'guestbook.tar.gz',
    );
    const workspace = await client.createWorkspace(
      guestbookWorkspace(NAME, upload.id),
    );
    expect(workspace.apps.map(app => app.entityRef)).toEqual([
      'component:default/guestbook',
    ]);

    const accepted = await client.startRun(NAME, { reason: 'First deploy' });
    expect(accepted.number).toBe(1);
    const run = await client.untilFinal(accepted.id);
    expect(run.diagnosis, JSON.stringify(run.diagnosis)).toBeUndefined();
    expect(lastAttempts(run)).toEqual({
      provision: 'succeeded',
      fetch: 'succeeded',
      build: 'succeeded',
      dependencies: 'succeeded',
      migrate: 'succeeded',
      deploy: 'succeeded',
      expose: 'succeeded',
      verify: 'succeeded',
    });

    const endpoint = await client.endpoint(NAME, APP);
    expect(endpoint.release).toBe(1);
    url = endpoint.url!;
    expect(await answeringVersion(url)).toBe('1.0.0');
    await writeEntry(url, 'Ada', 'first');
    expect(await readEntries(url)).toMatchObject([
      { name: 'Ada', message: 'first' },
    ]);
  });

  test('the logs of build and migration are kept, by line, without the password of the database', async ({
    portal,
    engine,
  }) => {
    const { client } = portal;
    const { items } = await client.request<{ items: Run[] }>(
      'GET',
      `/runs?workspace=${NAME}`,
    );
    const build = await client.log(items[0].id, 'build', APP);
    expect(build.items.map(line => line.line)).toEqual(
      build.items.map((_, index) => index + 1),
    );
    expect(build.items.map(line => line.text).join('\n')).toContain('npm ci');
    expect(build.complete).toBe(true);
    const migration = await client.log(items[0].id, 'migrate', APP);
    expect(migration.items.map(line => line.text).join('\n')).toContain(
      '001_entries.sql applied',
    );

    const variables = await engine.environment(
      await containerOf(engine, NAME, APP, 1),
    );
    const password = [...variables]
      .find(variable => variable.startsWith('DB_PASSWORD='))!
      .slice('DB_PASSWORD='.length);
    expect(password.length).toBeGreaterThan(15);
    const everything = JSON.stringify([
      items,
      build,
      migration,
      await client.events(items[0].id),
      await client.workspace(NAME),
      await client.log(items[0].id, 'dependencies'),
      await client.log(items[0].id, 'deploy', APP),
    ]);
    expect(everything).not.toContain(password);
  });

  test('the migration got exactly the environment of the app (D5)', async ({
    engine,
  }) => {
    const containers = await engine.containers(NAME);
    const migration = await engine.environment(
      containers.find(({ isJob }) => isJob)!,
    );
    expect(
      [...migration].some(variable =>
        variable.startsWith('DATABASE_URL=postgresql://'),
      ),
    ).toBe(true);
    const app = await containerOf(engine, NAME, APP, 1);
    expect(migration).toEqual(await engine.environment(app));
  });

  test('a redeploy of a changed source is answered by the new release, and the entry is still there (D1, D3)', async ({
    portal,
    engine,
  }) => {
    const { client } = portal;
    const upload = await client.upload(
      await guestbookVersion('2.0.0'),
      'guestbook.tar.gz',
    );
    const { id } = await client.startRun(NAME, {
      apps: [{ name: APP, source: { type: 'upload', upload: upload.id } }],
    });
    const run = await client.untilFinal(id);
    expect(run.state, JSON.stringify(run.diagnosis)).toBe('succeeded');
    const endpoint = await client.endpoint(NAME, APP);
    expect(endpoint.url).toBe(url);
    expect(endpoint.release).toBe(2);
    expect(await answeringVersion(url)).toBe('2.0.0');
    expect(await readEntries(url)).toMatchObject([
      { name: 'Ada', message: 'first' },
    ]);

    // What was built, what the release says and what runs are one image.
    const { image } = run.stages.find(stage => stage.name === 'build')!
      .outputs!;
    const [release] = await client.releases(NAME, APP);
    expect(release).toMatchObject({ number: 2, image });
    expect((await containerOf(engine, NAME, APP, 2)).image).toBe(image);
  });

  test('only the containers of the serving release are left after a redeploy', async ({
    engine,
  }) => {
    expect(await runningParts(engine, NAME)).toEqual([
      'guestbook r2',
      'postgres',
      'redis',
    ]);
  });

  test('a run that changes nothing makes no release and restarts nothing', async ({
    portal,
    engine,
  }) => {
    const { client } = portal;
    const startedAt = async () =>
      (await engine.containers(NAME))
        .filter(({ isJob }) => !isJob)
        .map(container => `${container.name} ${container.startedAt}`);
    const before = await startedAt();
    const run = await client.untilFinal((await client.startRun(NAME)).id);
    expect(run.state, JSON.stringify(run.diagnosis)).toBe('succeeded');
    expect(run.stages.find(stage => stage.name === 'deploy')).toMatchObject({
      state: 'skipped',
      reason: 'nothing has changed: release 2 serves already',
    });
    expect(await startedAt()).toEqual(before);
    expect((await client.endpoint(NAME, APP)).release).toBe(2);
  });

  test('a broken Dockerfile is named with instruction and line, and the release before serves on', async ({
    portal,
  }) => {
    const { client } = portal;
    const upload = await client.upload(
      await brokenGuestbook(),
      'guestbook.tar.gz',
    );
    const { id } = await client.startRun(NAME, {
      apps: [{ name: APP, source: { type: 'upload', upload: upload.id } }],
    });
    const run = await client.untilFinal(id);
    expect(run.state).toBe('failed');
    expect(lastAttempts(run)).toMatchObject({
      build: 'failed',
      migrate: 'skipped',
      deploy: 'skipped',
      expose: 'skipped',
      verify: 'skipped',
    });
    expect(run.diagnosis?.code).toBe('BUILD_STEP_FAILED');
    expect(run.diagnosis?.cause).toContain(
      'RUN echo "this step is broken" && exit 3',
    );
    expect(run.diagnosis?.cause).toContain('line 5');
    expect(run.diagnosis?.evidence.length).toBeGreaterThan(0);
    expect(run.diagnosis?.fixedBy).toBe('user');
    expect(await answeringVersion(url)).toBe('2.0.0');
  });

  test('a mended upload is deployed', async ({ portal }) => {
    const { client } = portal;
    const upload = await client.upload(
      await guestbookVersion('3.0.0'),
      'guestbook.tar.gz',
    );
    const { id } = await client.startRun(NAME, {
      apps: [{ name: APP, source: { type: 'upload', upload: upload.id } }],
    });
    const run = await client.untilFinal(id);
    expect(run.state, JSON.stringify(run.diagnosis)).toBe('succeeded');
    expect(await answeringVersion(url)).toBe('3.0.0');
  });

  test('a migration that cannot reach its database is a failure at once, with its log (D19)', async ({
    portal,
    engine,
  }) => {
    const { client } = portal;
    // The dependencies stage would start the database again: it must go away after that stage, while the build still runs.
    const upload = await client.upload(
      await guestbookVersion('4.0.0'),
      'guestbook.tar.gz',
    );
    const accepted = await client.startRun(NAME, {
      apps: [{ name: APP, source: { type: 'upload', upload: upload.id } }],
    });
    await client.until(
      () => client.run(accepted.id),
      run =>
        run.stages.some(
          stage => stage.name === 'dependencies' && stage.state === 'succeeded',
        ),
      120_000,
      run => JSON.stringify(run.stages),
    );
    const startDatabase = await engine.stop(NAME, 'postgres');
    failedMigration = await client.untilFinal(accepted.id);
    expect(lastAttempts(failedMigration)).toMatchObject({
      build: 'succeeded',
      migrate: 'failed',
      deploy: 'skipped',
    });
    expect(failedMigration.diagnosis?.code).toMatch(
      /^(MIGRATION_FAILED|DB_UNREACHABLE)$/,
    );
    expect(
      (await client.log(accepted.id, 'migrate', APP)).items.length,
    ).toBeGreaterThan(0);
    await startDatabase();
  });

  test('a retry from migrate deploys what was built before, without building again', async ({
    portal,
  }) => {
    const { client } = portal;
    await client.retry(failedMigration.id, 'migrate');
    const run = await client.untilFinal(failedMigration.id);
    expect(run.state, JSON.stringify(run.diagnosis)).toBe('succeeded');
    expect(run.stages.filter(stage => stage.name === 'build')).toHaveLength(1);
    expect(
      run.stages
        .filter(stage => stage.name === 'migrate')
        .map(stage => stage.attempt),
    ).toEqual([1, 2]);
    expect(await answeringVersion(url)).toBe('4.0.0');
    expect(await readEntries(url)).toMatchObject([
      { name: 'Ada', message: 'first' },
    ]);
  });

  test('a rollback brings back an earlier release by its digest', async ({
    portal,
  }) => {
    const { client } = portal;
    const releases = await client.releases(NAME, APP);
    const target = releases.find(release => release.number === 2)!;
    const { id, kind } = await client.rollback(NAME, APP, target.number, true);
    expect(kind).toBe('rollback');
    const run = await client.untilFinal(id);
    expect(run.state, JSON.stringify(run.diagnosis)).toBe('succeeded');
    expect(run.stages.map(stage => stage.name)).not.toContain('build');
    expect(await answeringVersion(url)).toBe('2.0.0');
    expect((await client.endpoint(NAME, APP)).release).toBe(2);
  });

  test('a second app that wants the port of the first is refused, and the first keeps serving (D18, D22)', async ({
    portal,
    engine,
  }) => {
    const { client } = portal;
    const stablePort = Number(new URL(url).port);
    const upload = await client.upload(
      await guestbookVersion('1.0.0'),
      'guestbook.tar.gz',
    );
    const { name, ...definition } = guestbookApp(upload.id);
    const refused = await client
      .putApp(NAME, 'second', { ...definition, stablePort })
      .catch(error => error as ApiError);
    expect(refused).toBeInstanceOf(ApiError);
    const { status, message } = refused as ApiError;
    expect(`${status} ${message}`).toMatch(
      engine.hasGateway
        ? new RegExp(`^409 .*${stablePort}`)
        : /^400 .*stablePort: .*cannot give an app a stable port/,
    );
    expect(await answeringVersion(url)).toBe('2.0.0');
  });

  test('a database gets another password, and the app goes on with it and with what it had stored', async ({
    portal,
    engine,
  }) => {
    const { client } = portal;
    const connection = async () => {
      const { release } = await client.endpoint(NAME, APP);
      const app = await containerOf(engine, NAME, APP, release!);
      return [...(await engine.environment(app))].find(variable =>
        variable.startsWith('DATABASE_URL='),
      );
    };
    const before = await connection();
    const { id } = await client.changePassword(NAME, 'postgres');
    const run = await client.untilFinal(id);
    expect(run.state, JSON.stringify(run.diagnosis)).toBe('succeeded');
    expect(lastAttempts(run)).toEqual({
      dependencies: 'succeeded',
      deploy: 'succeeded',
      expose: 'succeeded',
      verify: 'succeeded',
    });
    expect(await connection()).not.toBe(before);
    await writeEntry(url, 'Grace', 'under another password');
    expect(await readEntries(url)).toMatchObject([
      { name: 'Grace', message: 'under another password' },
      { name: 'Ada', message: 'first' },
    ]);
  });

  test('a deleted workspace leaves nothing on the engine, a tombstone that says what was removed, and its name free (D31)', async ({
    portal,
    engine,
  }) => {
    const { client } = portal;
    const before = await client.workspace(NAME);
    const refused = await client
      .request('DELETE', `/workspaces/${NAME}?confirm=ws-other`)
      .catch(error => error as ApiError);
    expect((refused as ApiError).status).toBe(400);
    const present = await engine.inventory(NAME);
    const { id } = await client.deleteWorkspace(NAME);
    const run = await client.untilFinal(id);
    expect(run.state, JSON.stringify(run.diagnosis)).toBe('succeeded');
    expect(await engine.inventory(NAME)).toEqual([]);
    await expect(fetch(url)).rejects.toThrow();

    const tombstone = await client.workspace(before.id);
    expect(tombstone.deletedAt).toBeDefined();
    expect(
      tombstone.receipt?.items.filter(item => item.outcome === 'left'),
    ).toEqual([]);
    const removed = tombstone
      .receipt!.items.filter(item => item.outcome === 'removed')
      .map(item => item.name);
    expect(removed).toEqual(
      expect.arrayContaining(
        present.filter(({ receipted }) => receipted).map(({ name }) => name),
      ),
    );
    expect(
      await client.workspace(NAME).catch(error => (error as ApiError).status),
    ).toBe(404);

    const upload = await client.upload(
      await guestbookVersion('1.0.0'),
      'guestbook.tar.gz',
    );
    const again = await client.createWorkspace(
      guestbookWorkspace(NAME, upload.id),
    );
    expect(again.id).not.toBe(before.id);
    await client.untilFinal((await client.deleteWorkspace(NAME)).id);
  });
});
