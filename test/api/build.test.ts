import { createHash, randomBytes } from 'node:crypto';
import type {
  AppDefinition,
  Run,
  Secret,
} from '@slipway/backstage-plugin-workspaces-common';
import { fixtureApp, folderArchive } from '../support/archive';
import type { PortalClient } from '../support/client';
import { expect, test } from '../support/fixtures';

const NAME = 'ws-build';
const APP = 'slow';

async function ended(
  client: PortalClient,
  { id }: Run,
  state: Run['state'],
): Promise<Run> {
  const run = await client.untilFinal(id);
  expect(run.state, JSON.stringify(run.diagnosis)).toBe(state);
  return run;
}

/** Deploys the app with further instructions in its Dockerfile. */
async function deploy(
  client: PortalClient,
  instructions: string[],
  build: AppDefinition['build'],
): Promise<Run> {
  const dockerfile = [
    'FROM node:22-slim',
    'WORKDIR /app',
    ...instructions,
    'COPY server.js .',
    'USER node',
    'CMD ["node", "server.js"]',
  ].join('\n');
  const archive = await folderArchive(fixtureApp(APP), {
    Dockerfile: dockerfile,
  });
  const { id } = await client.upload(archive, 'slow.tar.gz');
  await client.putApp(NAME, APP, {
    source: { type: 'upload', upload: id },
    build,
  });
  return client.startRun(NAME);
}

async function buildLog(client: PortalClient, run: Run): Promise<string> {
  const { items } = await client.log(run.id, 'build', APP);
  return items.map(({ text }) => text).join('\n');
}

test.describe.serial('an app is built with a secret', () => {
  const old = `npm ${randomBytes(9).toString('hex')} $(IMAGE)`;
  const hashes = (value: string) =>
    createHash('sha256').update(value).digest('hex');
  const instructions = [
    'ARG ANEW',
    'RUN --mount=type=secret,id=npm_token : "$ANEW"; cat /run/secrets/npm_token; echo; sha256sum </run/secrets/npm_token',
  ];
  let token: Secret;
  /** Carries the step out each time: a value is no part of what the cache of layers is asked for. */
  const withToken = (): AppDefinition['build'] => ({
    arguments: [{ name: 'ANEW', value: randomBytes(9).toString('hex') }],
    secrets: [{ name: 'npm_token', secret: token.id }],
  });
  test('a step gets its value, and the log does not', async ({ portal }) => {
    const { client } = portal;
    const { owner } = await client.createWorkspace({ name: NAME });
    token = await client.request('POST', '/secrets', {
      body: { owner, value: old },
    });
    const run = await deploy(client, instructions, withToken());
    await ended(client, run, 'succeeded');
    const log = await buildLog(client, run);
    expect(log).toContain(hashes(old));
    expect(log).toContain('***');
    expect(log).not.toContain(old);
    expect((await client.endpoint(NAME, APP)).state).toBe('healthy');
  });

  test('its new value counts as a change of what is built', async ({
    portal,
  }) => {
    const { client } = portal;
    const value = `npm ${randomBytes(9).toString('hex')}`;
    await client.request('PUT', `/secrets/${token.id}`, { body: { value } });
    const run = await deploy(client, instructions, withToken());
    await ended(client, run, 'succeeded');
    const log = await buildLog(client, run);
    expect(log).toContain(hashes(value));
    expect(log).not.toContain(value);
    const [second, first] = await client.releases(NAME, APP);
    expect(second.image).not.toBe(first.image);
  });

  test('it is in use, so that it cannot be deleted', async ({ portal }) => {
    await expect(
      portal.client.request('DELETE', `/secrets/${token.id}`),
    ).rejects.toThrow(new RegExp(`${NAME}|${APP}`));
  });

  test('one that a step requires and the build does not name is named', async ({
    portal,
  }) => {
    const { client } = portal;
    const run = await deploy(
      client,
      ['RUN --mount=type=secret,id=other,required=true true'],
      {},
    );
    const { diagnosis } = await ended(client, run, 'failed');
    expect(diagnosis).toMatchObject({
      code: 'BUILD_SECRET_MISSING',
      cause: expect.stringContaining('requires the secret "other"'),
      fix: expect.stringContaining('"build.secrets"'),
    });
    expect(await buildLog(client, run)).toContain(
      'line 3 of the Dockerfile mounts the secret "other", which "build.secrets" does not name',
    );
  });

  test('a secret or a platform that is none is refused by its field, and nothing is lost', async ({
    portal,
  }) => {
    const { client } = portal;
    const { spec } = (await client.workspace(NAME)).apps[0];
    const { name: _, ...app } = spec;
    const change = (build: unknown) =>
      client.putApp(NAME, APP, { ...app, build } as AppDefinition);
    const nobodys = [{ name: 'npm_token', secret: 'nobody-s' }];
    await expect(change({ secrets: nobodys })).rejects.toThrow(
      /build\.secrets\[0\]\.secret: you have no secret "nobody-s"/,
    );
    await expect(
      change({ secrets: [{ name: '../a', secret: token.id }] }),
    ).rejects.toThrow(/build\.secrets\[0\]\.name: "\.\.\/a" must be/);
    await expect(change({ platform: 'linux/x86_64' })).rejects.toThrow(
      /build\.platform: must be equal to one of the allowed values.*linux\/amd64/,
    );
    expect((await client.workspace(NAME)).apps[0].spec).toEqual(spec);
    await ended(client, await client.deleteWorkspace(NAME), 'succeeded');
  });
});
