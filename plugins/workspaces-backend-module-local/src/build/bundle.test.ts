import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { replaceInBundle } from './bundle';
import { tarOf } from './__testUtils__/builds';

const files = {
  './a.txt': 'a',
  'deploy/Dockerfile': 'FROM one\n',
  'z.bin': 'z'.repeat(100_000),
};

describe('replaceInBundle', () => {
  const replaced = async () =>
    buffer(
      replaceInBundle(
        Readable.from([await tarOf(files)]),
        'deploy/Dockerfile',
        'FROM two ✓\n',
      ),
    );

  it('gives the same tar with another text', async () => {
    expect(await replaced()).toEqual(
      await tarOf({ ...files, 'deploy/Dockerfile': 'FROM two ✓\n' }),
    );
  });

  it('fails as the bundle fails', async () => {
    const bundle = new Readable({
      read: () => bundle.destroy(new Error('the disk is gone')),
    });
    await expect(
      buffer(replaceInBundle(bundle, 'Dockerfile', '')),
    ).rejects.toThrow('the disk is gone');
  });

  it('closes the bundle when it is closed', async () => {
    const bundle = Readable.from([await tarOf(files)]);
    const copy = replaceInBundle(bundle, 'Dockerfile', '');
    const closed = once(bundle, 'close');
    copy.destroy();
    await closed;
    expect(bundle.destroyed).toBe(true);
  });
});
