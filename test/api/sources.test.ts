import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppSpec, Run } from '@slipway/backstage-plugin-workspaces-common';
// One git server for all tests: it is the core's, which has no entry point for the sake of tests.
// eslint-disable-next-line @backstage/no-relative-monorepo-imports
import { GitServer } from '../../plugins/workspaces-backend/src/sources/__testUtils__/GitServer';
import { fixtureApp, folderArchive } from '../support/archive';
import type { PortalClient } from '../support/client';
import { containerOf } from '../support/engine';
import { expect, test as base, usePortal } from '../support/fixtures';

/** A portal that may fetch from a git server of this machine, and from the folder of these apps. */
const test = base.extend<object, { git: GitServer }>({
  git: [
    async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), 'slipway-git-'));
      const server = await GitServer.start(folder);
      await use(server);
      await server.stop();
      await rm(folder, { recursive: true });
    },
    { scope: 'worker' },
  ],
  portal: [
    async ({ engine, git }, use) =>
      usePortal(
        {
          engine,
          environment: { GIT_SSL_CAINFO: git.certificates.authority },
          workspaces: {
            sources: {
              allow: [`localhost:${git.port}`],
              folders: [fixtureApp('.')],
            },
          },
        },
        use,
      ),
    { scope: 'worker', timeout: 240_000 },
  ],
});

async function deploy(
  client: PortalClient,
  name: string,
  apps: AppSpec[],
): Promise<Run> {
  await client.createWorkspace({ name, apps });
  return client.untilFinal((await client.startRun(name)).id);
}

function failuresOf(run: Run): unknown[] {
  return run.stages
    .filter(stage => stage.state === 'failed')
    .map(stage => [stage.name, stage.app, stage.diagnosis]);
}

test('a site in a folder of a git repository is bundled in one stage and served by the next', async ({
  portal,
  git,
  engine,
}) => {
  const { client } = portal;
  await git.create('gallery.git', async (run, folder) => {
    await cp(fixtureApp('gallery'), folder, { recursive: true });
    run('add', '.');
    run('commit', '--quiet', '--message', 'Three pictures');
  });
  const source = {
    type: 'git' as const,
    url: git.url('public/gallery.git'),
    revision: 'main',
    path: 'site',
  };
  const run = await deploy(client, 'ws-gallery', [
    { name: 'gallery', source, port: 4000 },
  ]);
  expect(failuresOf(run)).toEqual([]);
  expect(run.state).toBe('succeeded');

  const { url } = await client.endpoint('ws-gallery', 'gallery');
  expect(await (await fetch(url!)).text()).toContain('<h1>Gallery</h1>');
  const script = await (await fetch(new URL('/main.js', url))).text();
  expect(script).toContain('A Lighthouse'); // from the module that the bundler put in
  expect(script).not.toContain('import');

  // The image is that of the last stage: nothing of npm's is in it.
  const container = await containerOf(engine, 'ws-gallery', 'gallery', 1);
  expect(await engine.has(container, '/site/serve.js')).toBe(true);
  expect(await engine.has(container, '/site/node_modules')).toBe(false);
});

test('two apps and the folder they share come out of one upload, and one finds the other by its name', async ({
  portal,
}) => {
  const { client } = portal;
  const upload = await client.upload(
    await folderArchive(fixtureApp('shop')),
    'shop.tar.gz',
  );
  const source = { type: 'upload' as const, upload: upload.id };
  const run = await deploy(client, 'ws-shop', [
    {
      name: 'stock',
      source,
      build: { dockerfile: 'stock/Dockerfile' },
      healthPath: '/stock',
    },
    {
      name: 'web',
      source,
      build: { dockerfile: 'web/Dockerfile' },
      port: 3000,
    },
  ]);
  expect(failuresOf(run)).toEqual([]);
  expect(run.state).toBe('succeeded');

  const { url } = await client.endpoint('ws-shop', 'web');
  expect(await (await fetch(url!)).json()).toEqual({
    inStock: { lamp: 7, rope: 12 },
    announcedAs: 'http://stock:8080',
  });
  expect(await client.releases('ws-shop', 'stock')).toHaveLength(1);
});

test('a repository with two Dockerfiles is refused with both names, unless the app says which', async ({
  portal,
}) => {
  const { client } = portal;
  const upload = await client.upload(
    await folderArchive(fixtureApp('shop')),
    'shop.tar.gz',
  );
  const run = await deploy(client, 'ws-undecided', [
    { name: 'web', source: { type: 'upload', upload: upload.id } },
  ]);
  expect(run.state).toBe('failed');
  expect(run.diagnosis?.cause).toContain('stock/Dockerfile');
  expect(run.diagnosis?.cause).toContain('web/Dockerfile');
});

test('a folder whose base image cannot be had fails with that image, what the engine said, and the way out', async ({
  portal,
}) => {
  const { client } = portal;
  const run = await deploy(client, 'ws-quotes', [
    {
      name: 'quotes',
      source: { type: 'folder', folder: fixtureApp('quotes') },
      port: 8000,
    },
  ]);
  expect(run.state).toBe('failed');
  expect(
    run.stages
      .filter(stage => stage.state === 'failed')
      .map(stage => stage.name),
  ).toEqual(['build']);
  expect(run.diagnosis).toMatchObject({
    code: 'BASE_IMAGE_PULL',
    fixedBy: 'operator',
  });
  expect(run.diagnosis?.cause).toContain('python:3.13-slim');
  expect(run.diagnosis?.evidence.map(({ kind }) => kind)).toContain('error');
  expect(run.diagnosis?.fix).toContain('workspaces.images');
  expect(await client.releases('ws-quotes', 'quotes')).toEqual([]);
});
