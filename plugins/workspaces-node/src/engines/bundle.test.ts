import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { readFromBundle } from './bundle';

const files = {
  './a.txt': 'a',
  'deploy/Dockerfile': 'FROM one\n',
  'z.bin': 'z'.repeat(100_000),
};

async function tarOf(contents: Record<string, string>): Promise<Buffer> {
  const tar = pack();
  for (const [name, text] of Object.entries(contents))
    tar.entry({ name }, text);
  tar.finalize();
  return buffer(tar);
}

describe('readFromBundle', () => {
  it.each(['deploy/Dockerfile', './deploy/Dockerfile', 'deploy//Dockerfile'])(
    'reads %s',
    async path => {
      expect(
        await readFromBundle(Readable.from([await tarOf(files)]), path),
      ).toBe('FROM one\n');
    },
  );

  it('finds a file whose name in the tar begins with "./"', async () => {
    expect(
      await readFromBundle(Readable.from([await tarOf(files)]), 'a.txt'),
    ).toBe('a');
  });

  it('gives nothing for a file that is not there', async () => {
    expect(
      await readFromBundle(Readable.from([await tarOf(files)]), 'Dockerfile'),
    ).toBeUndefined();
  });

  it('reads no further than the file, and closes the bundle', async () => {
    const tar = await tarOf({
      Dockerfile: 'FROM one\n',
      large: 'x'.repeat(5_000_000),
    });
    let given = 0;
    const bundle = Readable.from(
      (function* chunks() {
        for (let from = 0; from < tar.length; from += 10_000) {
          given += 1;
          yield tar.subarray(from, from + 10_000);
        }
      })(),
    );
    expect(await readFromBundle(bundle, 'Dockerfile')).toBe('FROM one\n');
    expect(bundle.destroyed).toBe(true);
    expect(given).toBeLessThan(100);
  });

  it('fails as the bundle fails', async () => {
    const bundle = new Readable({
      read: () => bundle.destroy(new Error('the disk is gone')),
    });
    await expect(readFromBundle(bundle, 'Dockerfile')).rejects.toThrow(
      'the disk is gone',
    );
  });
});
