import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubernetesHarness } from '../__testUtils__/KubernetesHarness';
import { OciRegistry, formatReference, parseReference } from '../registry';
import { LocalRegistry } from '../registry/__testUtils__/LocalRegistry';
import { TokenService } from '../registry/__testUtils__/TokenService';
import { mediaTypes } from '../registry/media';
import { WorkspaceImages } from './images';

const repository = 'slipway/ws-shop/web';
const { signal } = new AbortController();

/** An image of no layers, whose digest follows from what it says. */
async function push(
  registry: OciRegistry,
  says: string,
  { tag, where = repository }: { tag: string; where?: string },
): Promise<string> {
  const bytes = Buffer.from(JSON.stringify({ config: { Env: [says] } }));
  const config = await registry.blobs.put(where, bytes, mediaTypes.config);
  const { manifest: mediaType } = mediaTypes;
  const digest = await registry.putManifest(
    where,
    { schemaVersion: 2, mediaType, config, layers: [] },
    { tag },
  );
  return formatReference({
    registry: registry.address,
    repository: where,
    digest,
  });
}

describe('an image that is not needed any more', () => {
  let server: LocalRegistry;
  let registry: OciRegistry;
  let images: WorkspaceImages;

  async function start(deletes: boolean, tokens?: TokenService): Promise<void> {
    server = await LocalRegistry.start({ deletes, auth: tokens?.settings });
    const { address } = server;
    const login = tokens?.credentials;
    registry = new OciRegistry({ address, plainHttp: true, ...login });
    images = new WorkspaceImages(registry);
  }

  afterEach(async () => {
    await registry.close();
    await server.stop();
  });

  const tags = async (where = repository) =>
    (await registry.tags(where)).sort();

  it('goes with its tags; others, bundles, the cache and other apps stay', async () => {
    await start(true);
    const first = await push(registry, 'first', { tag: 'build-1' });
    await push(registry, 'first', { tag: 'build-2' });
    await push(registry, 'third', { tag: 'build-3' });
    await push(registry, 'source', { tag: 'bundle-1' });
    const cache = `${repository}/cache`;
    await push(registry, 'layers', { tag: 'cache', where: cache });
    const api = 'slipway/ws-shop/api';
    await push(registry, 'first', { tag: 'build-1', where: api });

    expect(await images.removeIfAllowed(first, signal)).toEqual({
      outcome: 'removed',
    });
    expect(await tags()).toEqual(['build-3', 'bundle-1']);
    expect(await tags(cache)).toEqual(['cache']);
    expect(await tags(api)).toEqual(['build-1']);
    expect(await images.removeIfAllowed(first, signal)).toEqual({
      outcome: 'absent',
    });
  });

  it('stays in a registry that deletes nothing, which is said', async () => {
    await start(false);
    const image = await push(registry, 'first', { tag: 'build-1' });
    expect(await images.removeIfAllowed(image, signal)).toEqual({
      outcome: 'refused',
      reason: expect.stringMatching(
        /^DELETE .*: 405 Method Not Allowed: UNSUPPORTED/,
      ),
    });
    expect(await tags()).toEqual(['build-1']);
  });

  it('stays where the account may not delete, which is said', async () => {
    const tokens = new TokenService();
    await tokens.start();
    try {
      tokens.granted = ['pull', 'push'];
      await start(true, tokens);
      const image = await push(registry, 'first', { tag: 'build-1' });
      expect(await images.removeIfAllowed(image, signal)).toEqual({
        outcome: 'refused',
        reason: expect.stringContaining('401 Unauthorized: insufficient_scope'),
      });
      expect(await tags()).toEqual(['build-1']);
    } finally {
      await tokens.stop();
    }
  });

  it('is left alone in another registry', async () => {
    await start(true);
    const other = await LocalRegistry.start({ deletes: true });
    const pushed = new OciRegistry({ address: other.address, plainHttp: true });
    try {
      const image = await push(pushed, 'first', { tag: 'build-1' });
      expect(await images.removeIfAllowed(image, signal)).toEqual({
        outcome: 'absent',
      });
      expect(await pushed.tags(repository)).toEqual(['build-1']);
    } finally {
      await pushed.close();
      await other.stop();
    }
  });

  it('is not said to be gone where the registry is away', async () => {
    await start(true);
    const image = await push(registry, 'first', { tag: 'build-1' });
    await server.stop();
    try {
      await expect(images.removeIfAllowed(image, signal)).rejects.toThrow(
        /ECONNREFUSED|other side closed|ECONNRESET/,
      );
    } finally {
      server = await LocalRegistry.start({ deletes: true });
    }
  });

  it('is not said to be there, either, where the registry fails', async () => {
    await start(true);
    // As a registry answers whose storage is away.
    const failing = createServer((_, response) =>
      response.writeHead(503).end(),
    );
    await once(failing.listen(0, '127.0.0.1'), 'listening');
    const { port } = failing.address() as AddressInfo;
    const address = `127.0.0.1:${port}`;
    const away = new OciRegistry({ address, plainHttp: true });
    try {
      const digest = `sha256:${'0'.repeat(64)}`;
      const image = formatReference({ registry: address, repository, digest });
      await expect(
        new WorkspaceImages(away).removeIfAllowed(image, signal),
      ).rejects.toThrow('503 Service Unavailable');
    } finally {
      await away.close();
      failing.close();
    }
  });
});

describe('an engine with a real registry', () => {
  const harness = new KubernetesHarness();

  beforeAll(() => harness.start(), 120_000);
  afterAll(() => harness.stop(), 120_000);

  it('removes an image by its digest, and no other of the same app', async () => {
    const engine = harness.createEngine();
    const workspace = `ws-${harness.instance}`;
    const build = (text: string) =>
      harness.buildImage({ workspace, app: 'sample', files: { text } });
    const [old, kept] = [await build('old'), await build('kept')];
    const remove = () => engine.removeImage?.(old, { signal });
    expect(await remove()).toEqual({ outcome: 'removed' });
    expect(await remove()).toEqual({ outcome: 'absent' });
    const digestOf = (image: string) =>
      harness.registry.digest({ ...parseReference(image), tag: undefined });
    expect(await digestOf(old)).toBeUndefined();
    expect(await digestOf(kept)).toBe(parseReference(kept).digest);
    await harness.registry.delete(parseReference(kept));
  });
});
