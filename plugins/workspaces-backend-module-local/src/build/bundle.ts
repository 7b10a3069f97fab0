import { buffer } from 'node:stream/consumers';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';

const LONGEST_DOCKERFILE = 1024 * 1024;

/**
 * The text of a plain file in a tar, or `undefined` where there is none of that path.
 * Reads no further than that file.
 */
export async function readFromBundle(
  bundle: Readable,
  path: string,
): Promise<string | undefined> {
  const wanted = posix.normalize(path);
  const entries = extract();
  bundle.once('error', error => entries.destroy(error));
  bundle.pipe(entries);
  try {
    for await (const entry of entries) {
      const { name, type, size = 0 } = entry.header;
      if (
        type === 'file' &&
        posix.normalize(name) === wanted &&
        size <= LONGEST_DOCKERFILE
      ) {
        return (await buffer(entry)).toString('utf8');
      }
      entry.resume();
    }
    return undefined;
  } finally {
    bundle.destroy();
  }
}

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
