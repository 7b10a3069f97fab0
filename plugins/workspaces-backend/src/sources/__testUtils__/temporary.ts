import {
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Folders that go with the tests of a file. */
export class TemporaryFolders {
  readonly #made: string[] = [];

  async make(): Promise<string> {
    const folder = await realpath(
      await mkdtemp(path.join(tmpdir(), 'slipway-sources-')),
    );
    this.#made.push(folder);
    return folder;
  }

  /** A folder with these files. */
  async with(files: Record<string, string>): Promise<string> {
    const folder = await this.make();
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), content);
    }
    return folder;
  }

  async remove(): Promise<void> {
    for (const folder of this.#made)
      await rm(folder, { recursive: true, force: true });
  }
}

/** All files, links and folders below, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {
    recursive: true,
    withFileTypes: true,
  });
  return entries
    .map(
      entry =>
        path.relative(folder, path.join(entry.parentPath, entry.name)) +
        (entry.isDirectory() ? '/' : ''),
    )
    .sort();
}
