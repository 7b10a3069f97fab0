import { createBackendModule } from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import type { Check } from '@slipway/backstage-plugin-workspaces-common';
import { workspaceEnginesExtensionPoint } from '@slipway/backstage-plugin-workspaces-node';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { workspacesPlugin } from './plugin';
import { FakeBuilder, FakeEngine } from './__testUtils__/FakeEngine';
import { StreamReader } from './__testUtils__/readStream';

describe('the plugin', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'slipway-plugin-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const start = async (...engines: FakeEngine[]) =>
    startTestBackend({
      features: [
        workspacesPlugin,
        createBackendModule({
          pluginId: 'workspaces',
          moduleId: 'fake',
          register: module =>
            module.registerInit({
              deps: { point: workspaceEnginesExtensionPoint },
              init: async ({ point }) =>
                engines.forEach(engine =>
                  point.addEngine({ engine, builder: new FakeBuilder() }),
                ),
            }),
        }),
        mockServices.rootConfig.factory({
          data: {
            backend: { baseUrl: 'http://localhost:7007' },
            workspaces: {
              storage: { directory },
              sources: { folders: [directory] },
            },
          },
        }),
      ],
    });

  it('starts with an engine, passes its own checks, and takes nobody without credentials', async () => {
    const { server } = await start(new FakeEngine());
    const created = await request(server)
      .post('/api/workspaces/workspaces')
      .send({ name: 'ws-demo' });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      name: 'ws-demo',
      owner: 'user:default/mock',
      engine: 'fake',
    });
    const list = await request(server).get('/api/workspaces/workspaces');
    expect(list.body.items).toEqual([created.body]);
    const nobody = await request(server)
      .get('/api/workspaces/workspaces')
      .set('Authorization', mockCredentials.none.header());
    expect(nobody.status).toBe(401);

    const states = async () => {
      const { body } = await request(server).get('/api/workspaces/checks');
      return body.items.map(({ id, state }: Check) => `${id} ${state}`);
    };
    // The lease of the gateway is taken in the background.
    const deadline = Date.now() + 5000;
    while (
      (await states()).includes('portal.gateway failed') &&
      Date.now() < deadline
    );
    expect(await states()).toEqual([
      'portal.engines passed',
      'portal.database passed',
      'portal.clock passed',
      expect.stringMatching(/^portal.storage (passed|warning)$/),
      'portal.secrets passed',
      'portal.gateway passed',
    ]);
  });

  it('streams through the server as it is, and ends its streams when it stops', async () => {
    const backend = await start(new FakeEngine());
    const { port } = backend.server.address() as AddressInfo;
    await request(backend.server)
      .post('/api/workspaces/workspaces')
      .send({
        name: 'ws-demo',
        apps: [
          {
            name: 'web',
            source: { type: 'folder', folder: join(directory, 'nothing') },
          },
        ],
      });
    const stream = await StreamReader.open(
      `http://127.0.0.1:${port}/api/workspaces/stream?topics=workspace:ws-demo`,
      { 'Accept-Encoding': 'gzip' },
    );
    expect(stream.response.headers.get('content-encoding')).toBeNull();
    expect((await stream.next('workspace'))?.data.name).toBe('ws-demo');
    const run = await request(backend.server)
      .post('/api/workspaces/workspaces/ws-demo/runs')
      .send({});
    const failed = await stream.find(
      ({ event, data }) => event === 'run' && data.state === 'failed',
    );
    expect(failed.data).toMatchObject({
      id: run.body.id,
      diagnosis: { code: expect.any(String) },
    });
    const stopped = backend.stop();
    expect((await stream.next('end'))?.data.reason).toBe('shutdown');
    await stopped;
  }, 30_000);

  it('refuses two engines of one id', async () => {
    await expect(start(new FakeEngine(), new FakeEngine())).rejects.toThrow(
      'The engine "fake" was added before; remove one of the two modules',
    );
  });

  it('asks which engine is meant where there are two', async () => {
    const { server } = await start(
      new FakeEngine('one'),
      new FakeEngine('two'),
    );
    const answer = await request(server)
      .post('/api/workspaces/workspaces')
      .send({ name: 'ws-demo' });
    expect([answer.status, answer.body.error.message]).toEqual([
      400,
      'engine: is required, because there is no default; accepted are one, two',
    ]);
    const chosen = await request(server)
      .post('/api/workspaces/workspaces')
      .send({ name: 'ws-demo', engine: 'two' });
    expect(chosen.body.engine).toBe('two');
  });
});
