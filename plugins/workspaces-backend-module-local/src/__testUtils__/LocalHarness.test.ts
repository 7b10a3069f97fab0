import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import { LocalHarness } from './LocalHarness';

/** An image as a build makes it of layers that were cached long ago. */
async function loadOldImage(
  harness: LocalHarness,
  instance: string,
): Promise<string> {
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    created: '2001-01-01T00:00:00Z',
    config: { Labels: { [labels.instance]: instance } },
    rootfs: { type: 'layers', diff_ids: [] },
  });
  const manifest = [{ Config: 'config.json', RepoTags: null, Layers: [] }];
  const archive = pack();
  archive.entry({ name: 'config.json' }, config);
  archive.entry({ name: 'manifest.json' }, JSON.stringify(manifest));
  archive.finalize();
  const answer = await harness.docker.loadImage(Readable.from(archive));
  await buffer(answer);
  return `sha256:${createHash('sha256').update(config).digest('hex')}`;
}

describe('LocalHarness', () => {
  const harness = new LocalHarness();
  const other = new LocalHarness();

  beforeAll(() => harness.start());
  afterAll(() => harness.stop());

  it('leaves to a run beside it the image that was built of old layers, and removes what one of long ago left', async () => {
    const used = await loadOldImage(harness, harness.instance);
    const left = await loadOldImage(harness, 'contract-0-000000');
    await other.start();
    await expect(harness.docker.getImage(used).inspect()).resolves.toBeTruthy();
    await expect(harness.docker.getImage(left).inspect()).rejects.toMatchObject(
      { statusCode: 404 },
    );
    await harness.stop();
    await expect(harness.docker.getImage(used).inspect()).rejects.toMatchObject(
      { statusCode: 404 },
    );
  });
});
