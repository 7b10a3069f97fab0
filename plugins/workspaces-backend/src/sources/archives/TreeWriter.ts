import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { entryRefused } from '../guard/entries';

const FRESH_FILE =
  constants.O_WRONLY |
  constants.O_CREAT |
  constants.O_EXCL |
  constants.O_NOFOLLOW;

/** What a file is to hold. */
export interface FileContent {
  executable: boolean;
  begin: () => Promise<Readable>;
  meter: Transform;
  signal: AbortSignal;
}

/** Writes checked entries into a folder of their own: never over, and never through, what is there. */
export class TreeWriter {
  readonly #root: string;
  readonly #folders = new Set<string>(['.']);

  /** `root` must exist and be empty. */
  constructor(root: string) {
    this.#root = root;
  }

  /** `folder` is a path that the guard of entries answered. */
  async folder(folder: string): Promise<void> {
    if (this.#folders.has(folder)) return;
    await this.folder(path.posix.dirname(folder));
    await this.#exclusively(folder, () =>
      mkdir(path.join(this.#root, folder), { mode: 0o755 }),
    );
    this.#folders.add(folder);
  }

  /** `file` is a path that the guard of entries answered. */
  async file(file: string, content: FileContent): Promise<void> {
    await this.folder(path.posix.dirname(file));
    const mode = content.executable ? 0o755 : 0o644;
    const handle = await this.#exclusively(file, () =>
      open(path.join(this.#root, file), FRESH_FILE, mode),
    );
    try {
      // Begun last: a stream that fails while nobody listens would end the process.
      const source = await content.begin();
      await pipeline(source, content.meter, handle.createWriteStream(), {
        signal: content.signal,
      });
    } finally {
      await handle.close();
    }
  }

  /** A file system that ignores case holds names together that the guard told apart. */
  async #exclusively<T>(entry: string, create: () => Promise<T>): Promise<T> {
    try {
      return await create();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw entryRefused(
        'collision',
        entry,
        'has the name of another entry on the file system of the portal',
      );
    }
  }
}
