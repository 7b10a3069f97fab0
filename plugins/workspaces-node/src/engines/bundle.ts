import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';

const LONGEST_DOCKERFILE = 1024 * 1024;

/**
 * The text of a plain file in a tar, or `undefined` where there is none of that path.
 * Reads no further than that file.
 *
 * @public
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
