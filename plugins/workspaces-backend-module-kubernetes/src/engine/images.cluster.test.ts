import { mockServices } from '@backstage/backend-test-utils';
import { OciRegistry } from '../registry';
import { LocalRegistry } from '../registry/__testUtils__/LocalRegistry';
import { mediaTypes } from '../registry/media';
import { WorkspaceImages } from './images';

const repository = 'slipway/ws-shop/web';
const app = { workspace: 'ws-shop', app: 'web' };

describe.each([
  ['deletes', true],
  ['deletes nothing', false],
])('old images in a real registry that %s', (_, deletes) => {
  let server: LocalRegistry;
  let registry: OciRegistry;
  let images: WorkspaceImages;
  const context = {
    signal: new AbortController().signal,
    logger: mockServices.logger.mock(),
  };

  beforeEach(async () => {
    server = await LocalRegistry.start({ deletes });
    registry = new OciRegistry({ address: server.address, plainHttp: true });
    images = new WorkspaceImages(registry);
    context.logger.warn.mockClear();
  });

  afterEach(async () => {
    await registry.close();
    await server.stop();
  });

  /** An image of no layers, whose digest follows from what it says. */
  async function push(says: string, tag: string, where = repository) {
    const bytes = Buffer.from(JSON.stringify({ config: { Env: [says] } }));
    const config = await registry.blobs.put(where, bytes, mediaTypes.config);
    const { manifest: mediaType } = mediaTypes;
    const manifest = { schemaVersion: 2 as const, mediaType, layers: [] };
    const digest = await registry.putManifest(
      where,
      { ...manifest, config },
      { tag },
    );
    return `${server.address}/${where}@${digest}`;
  }

  const tags = async (where = repository) =>
    (await registry.tags(where)).sort();

  if (deletes) {
    it('go, with bundles; those of kept releases stay, the cache and other apps too', async () => {
      await push('first', 'build-1');
      const second = await push('second', 'build-2');
      await push('second', 'build-3'); // the same digest, built anew
      const fourth = await push('fourth', 'build-4');
      await push('source', 'bundle-1');
      await push('layers', 'cache', `${repository}/cache`);
      await push('first', 'build-1', 'slipway/ws-shop/api');

      await images.keep({ ...app, images: [second, fourth] }, context);

      expect(await tags()).toEqual(['build-2', 'build-3', 'build-4']);
      expect(await tags(`${repository}/cache`)).toEqual(['cache']);
      expect(await tags('slipway/ws-shop/api')).toEqual(['build-1']);
      for (const image of [second, fourth]) {
        const [, digest] = image.split('@');
        const reference = registry.reference(`${repository}@${digest}`);
        await expect(registry.manifest(reference)).resolves.toBeDefined();
      }
    });

    it('go with every tag that they have', async () => {
      await push('first', 'build-1');
      await push('first', 'build-2');
      const third = await push('third', 'build-3');
      await images.keep({ ...app, images: [third] }, context);
      expect(await tags()).toEqual(['build-3']);
    });

    it('are none where nothing was built', async () => {
      await images.keep({ ...app, images: [] }, context);
      expect(await tags()).toEqual([]);
    });
  } else {
    it('stay, which is said once and is no failure', async () => {
      await push('first', 'build-1');
      await push('second', 'build-2');
      await images.keep({ ...app, images: [] }, context);
      await images.keep({ ...app, images: [] }, context);
      expect(await tags()).toEqual(['build-1', 'build-2']);
      expect(context.logger.warn.mock.calls).toEqual([
        [
          expect.stringMatching(
            /^Images that nobody needs stay: DELETE .*: 405 Method Not Allowed: UNSUPPORTED/,
          ),
        ],
      ]);
    });
  }

  it('are not counted as removed where the registry is away', async () => {
    await push('first', 'build-1');
    await server.stop();
    try {
      await expect(
        images.keep({ ...app, images: [] }, context),
      ).rejects.toThrow(/ECONNREFUSED|other side closed|ECONNRESET/);
    } finally {
      server = await LocalRegistry.start({ deletes });
    }
  });
});
