import { mockCredentials, TestDatabases } from '@backstage/backend-test-utils';
import request from 'supertest';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { createTestApi, type TestApi } from '../__testUtils__/createTestApi';

const databases = TestDatabases.create();

async function archive(text: string): Promise<Buffer> {
  const tar = pack();
  tar.entry(
    { name: 'Dockerfile', mtime: new Date(0) },
    `FROM node:22\nEXPOSE 3000\n# ${text}\n`,
  );
  tar.entry({ name: 'server.js', mtime: new Date(0) }, 'console.log(1)\n');
  tar.finalize();
  return gzipSync(await buffer(tar));
}

describe('sources by the API', () => {
  let api: TestApi;
  let count = 0;
  beforeAll(async () => {
    api = await createTestApi(await databases.init('SQLITE_3'));
  }, 60_000);
  afterAll(() => api.close());

  const upload = async (
    options: {
      text?: string;
      query?: string;
      key?: string;
      user?: string;
      type?: string;
    } = {},
  ) => {
    const {
      text = 'a',
      query = '',
      key,
      user = 'ada',
      type = 'application/octet-stream',
    } = options;
    const call = request(api.direct)
      .post(`/sources${query}`)
      .set('Authorization', mockCredentials.user.header(`user:default/${user}`))
      .set('Content-Type', type);
    if (key) call.set('Idempotency-Key', key);
    return call.send(await archive(text));
  };
  const useUpload = (id: string, user = 'ada', owner?: string) =>
    api
      .as(user)
      .post('/workspaces')
      .send({
        name: `ws-upload-${++count}`,
        owner,
        apps: [{ name: 'web', source: { type: 'upload', upload: id } }],
      });

  it('are uploaded to disk, and named by an id that is no digest', async () => {
    const { status, body } = await upload({ query: '?filename=web.tar.gz' });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sizeBytes: (await archive('a')).length,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      expiresAt: expect.any(String),
    });
    expect(await readdir(join(api.directory, 'uploads'))).toHaveLength(1);
    expect((await useUpload(body.id)).status).toBe(201);
    expect((await useUpload(body.sha256)).status).toBe(400);
  });

  it('belong to the uploader and the named owner, and to nobody else', async () => {
    const own = (await upload({ text: 'b' })).body.id;
    const team = (
      await upload({ text: 'c', query: '?owner=group:default/team' })
    ).body.id;
    expect((await useUpload(own, 'ada', 'group:default/team')).status).toBe(
      201,
    );
    expect((await useUpload(team, 'ada', 'group:default/team')).status).toBe(
      201,
    );
    for (const id of [own, team]) {
      const answer = await useUpload(id, 'bob');
      expect([answer.status, answer.body.error.message]).toEqual([
        400,
        `apps[0].source.upload: you have no upload "${id}", or it has expired; upload the source with POST /sources`,
      ]);
    }
    const foreign = await upload({ query: '?owner=user:default/bob' });
    expect([foreign.status, foreign.body.error.message]).toEqual([
      403,
      'owner: you cannot own anything as "user:default/bob"; accepted are user:default/ada, group:default/team',
    ]);
  });

  it('are the same upload for the same key and bytes, and a 409 for others', async () => {
    const first = await upload({ text: 'd', key: 'upload' });
    const again = await upload({ text: 'd', key: 'upload' });
    expect([again.status, again.body.id]).toEqual([201, first.body.id]);
    const other = await upload({ text: 'e', key: 'upload' });
    expect([other.status, other.body.error.name]).toEqual([
      409,
      'ConflictError',
    ]);
    await api.knex('sources').where({ id: first.body.id }).delete(); // as when it has expired
    const anew = await upload({ text: 'd', key: 'upload' });
    expect(anew.status).toBe(201);
    expect(anew.body.id).not.toBe(first.body.id);
    expect((await upload({ text: 'd', key: 'upload' })).body.id).toBe(
      anew.body.id,
    );
  });

  it.each([
    [
      { query: '?foo=1' },
      'foo: unknown query parameter; accepted are owner, filename',
    ],
    [{ query: '?owner=' }, 'owner: must be 1 to 300 characters'],
    [
      { query: '?filename=a&filename=b' },
      'filename: must be 1 to 300 characters',
    ],
    [
      { type: 'application/json' },
      'The header Content-Type must be application/octet-stream',
    ],
  ])('are refused for %j', async (options, message) => {
    const answer = await upload(options);
    expect([answer.status, answer.body.error.message]).toEqual([400, message]);
  });

  it('that are no archive are refused', async () => {
    const answer = await request(api.direct)
      .post('/sources')
      .set('Authorization', mockCredentials.user.header('user:default/ada'))
      .set('Content-Type', 'application/octet-stream')
      .send('no archive');
    expect(answer.status).toBe(400);
    expect(answer.body.error.name).toBe('InputError');
  });

  it('are looked at, and nothing is kept', async () => {
    const { id } = (await upload({ text: 'f' })).body;
    const before = await readdir(api.directory, { recursive: true });
    const answer = await api
      .as('ada')
      .post('/sources/inspect')
      .send({ source: { type: 'upload', upload: id } });
    expect(answer.body).toMatchObject({
      dockerfiles: ['Dockerfile'],
      dockerfile: 'Dockerfile',
      port: 3000,
      baseImages: ['node:22'],
      files: 2,
    });
    expect(await readdir(api.directory, { recursive: true })).toEqual(before);
    const foreign = await api
      .as('bob')
      .post('/sources/inspect')
      .send({ source: { type: 'upload', upload: id } });
    expect(foreign.status).toBe(400);
    const address = await api
      .as('ada')
      .post('/sources/inspect')
      .send({ source: { type: 'zip', url: 'https://169.254.169.254/x.zip' } });
    expect([address.status, address.body.error.message]).toEqual([
      400,
      expect.stringContaining('source.url'),
    ]);
  });
});
