import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';

/** The same tar with another text in one of its files. The same input gives the same bytes. */
export function replaceInBundle(
  bundle: Readable,
  path: string,
  text: string,
): Readable {
  const wanted = posix.normalize(path);
  const entries = extract();
  const replaced = pack();
  const copy = async () => {
    for await (const entry of entries) {
      if (
        entry.header.type === 'file' &&
        posix.normalize(entry.header.name) === wanted
      ) {
        entry.resume();
        replaced.entry(
          { ...entry.header, size: Buffer.byteLength(text) },
          text,
        );
      } else {
        await pipeline(entry, replaced.entry(entry.header));
      }
    }
    replaced.finalize();
  };
  bundle.once('error', error => entries.destroy(error));
  replaced.once('close', () => bundle.destroy());
  bundle.pipe(entries);
  copy().catch(error => replaced.destroy(error));
  return Readable.from(replaced);
}
