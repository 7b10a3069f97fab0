import { imageRepository } from '@slipway/backstage-plugin-workspaces-common';
import { ContractSuite } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { EngineProxy } from './__testUtils__/EngineProxy';
import { LocalHarness } from './__testUtils__/LocalHarness';

jest.setTimeout(120_000);

describe('containers as Docker sees them', () => {
  const name = 'ws-inside';
  const secret = 'never-to-be-seen';
  const harness = new LocalHarness();
  const suite = new ContractSuite(harness);
  const inspect = (...parts: string[]) =>
    harness.docker
      .getContainer([harness.instance, name, ...parts].join('.'))
      .inspect();

  beforeAll(async () => {
    await suite.start();
    suite.secrets.set('redis-password', secret);
    suite.secrets.set('postgres-password', secret);
  });
  afterAll(() => harness.stop());

  it('holds apps and dependencies within their limits and without privileges', async () => {
    const proxy = new EngineProxy(harness.connection.location.url);
    await proxy.start();
    const environment = [{ name: 'TOKEN', secret: { id: 'redis-password' } }];
    const desired = suite.workspace(name, {
      apps: [await suite.app(name, { environment, readOnlyRoot: true })],
      dependencies: [suite.redis(), suite.postgres()],
    });
    await suite.apply(
      desired,
      { kind: 'all' },
      suite.context(),
      harness.createEngine({ url: proxy.url }),
    );
    await proxy.stop();

    const app = await inspect('sample', 'r1', '0');
    expect(app.HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      CapAdd: null,
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      ReadonlyRootfs: true,
      Init: true,
      NanoCpus: 0.5e9,
      Memory: 128 * 1024 * 1024,
      MemorySwap: 128 * 1024 * 1024,
      PidsLimit: 64,
      RestartPolicy: { Name: 'unless-stopped' },
      LogConfig: { Config: { 'max-size': '10m', 'max-file': '3' } },
    });
    expect(app.NetworkSettings.Ports['8080/tcp']).toEqual([
      { HostIp: '127.0.0.1', HostPort: expect.stringMatching(/^\d+$/) },
    ]);

    for (const dependency of ['cache', 'database']) {
      const found = await inspect(dependency);
      expect(found.HostConfig.CapDrop).toEqual(['ALL']);
      expect(found.HostConfig.CapAdd).not.toContain('SYS_ADMIN');
      expect(found.HostConfig.PortBindings ?? {}).toEqual({});
      expect(JSON.stringify(found)).not.toContain(secret);
    }
    expect(proxy.writes.length).toBeGreaterThan(5);
    expect(proxy.writes.join('\n')).not.toContain(secret);
  });

  it('gives up on an app that keeps answering with errors, with its answer and its sockets', async () => {
    const apps = [
      await suite.app(name, { name: 'sick' }, { HEALTH_STATUS: '503' }),
    ];
    const applying = suite.apply(
      suite.workspace(name, { apps }),
      { kind: 'app', app: 'sick' },
      suite.context(),
      harness.createEngine({ readinessTimeout: 1_500 }),
    );
    await expect(applying).rejects.toMatchObject({
      message: expect.stringContaining('/health within 1.5 s'),
      evidence: expect.arrayContaining([
        expect.objectContaining({
          kind: 'probe',
          text: expect.stringMatching(/HTTP 503$/),
        }),
        expect.objectContaining({
          kind: 'sockets',
          facts: {
            expectedPort: 8080,
            listening: [{ address: '::', port: 8080 }],
          },
        }),
      ]),
    });
  });

  it("leaves a name that somebody else's container has", async () => {
    const foreign = await harness.docker.createContainer({
      name: `${harness.instance}.${name}.taken.r1.0`,
      Image: 'busybox:1.35',
    });
    const apps = [await suite.app(name, { name: 'taken' })];
    await expect(
      suite.apply(suite.workspace(name, { apps }), {
        kind: 'app',
        app: 'taken',
      }),
    ).rejects.toMatchObject({
      name: 'EngineError',
      message: expect.stringContaining('is taken by a container'),
    });
    expect((await foreign.inspect()).State.Status).toBe('created');
    await foreign.remove();
  });

  it("leaves somebody's own container and image that inherited our labels", async () => {
    const image = await suite.image(name);
    const container = await harness.docker.createContainer({ Image: image });
    const tag = { repo: `somebody/${harness.instance}`, tag: 'own' };
    const { Id: committed } = await container.commit(tag);
    const receipt = await suite.destroy(name);
    expect(receipt.items).toContainEqual(
      expect.objectContaining({
        kind: 'image',
        name: expect.stringContaining(imageRepository(name, 'sample')),
      }),
    );
    expect((await container.inspect()).State.Status).toBe('created');
    expect(
      (await harness.docker.getImage(committed).inspect()).RepoTags,
    ).toEqual([`${tag.repo}:${tag.tag}`]);
    await container.remove();
    await harness.docker.getImage(committed).remove();
  });
});
