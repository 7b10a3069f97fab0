import { constants, type Stats } from 'node:fs';
import {
  lstat,
  open,
  readdir,
  readlink,
  realpath,
  type FileHandle,
} from 'node:fs/promises';
import path from 'node:path';
import type { Links } from './archives/tar';
import { entryRefused } from './guard/entries';
import { quote, refused } from './refusal';

const { posix } = path;

/** As many as the kernel follows before it says ELOOP. */
const MOST_LINKS = 40;

/** A pipe must not make us wait for who writes into it. */
const READ_FILE =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface TreeEntry {
  name: string;
  kind: 'file' | 'folder' | 'link' | 'device';
}

/**
 * A folder of files that came from somewhere else. Nothing here follows a link by way of
 * the operating system, so that nothing outside the tree is ever read.
 *
 * Paths are relative to the tree, their segments joined by "/"; the tree itself is "".
 */
export class SourceTree {
  readonly #root: string;
  readonly #links: Links;

  /** `root` is a real path; `links` are those that the source has but the disk has not. */
  constructor(root: string, links: Links = new Map()) {
    this.#root = root;
    this.#links = links;
  }

  async children(folder: string): Promise<TreeEntry[]> {
    const onDisk = await readdir(this.#onDisk(folder), { withFileTypes: true });
    const entries: TreeEntry[] = onDisk.map(entry => ({
      name: entry.name,
      kind: kindOf(entry),
    }));
    for (const link of this.#links.keys()) {
      if (parentOf(link) === folder)
        entries.push({ name: posix.basename(link), kind: 'link' });
    }
    return entries;
  }

  /** What lies at a path, which is not followed; `undefined` if nothing does. */
  async kind(file: string): Promise<TreeEntry['kind'] | undefined> {
    if (this.#links.has(file)) return 'link';
    const found = await this.#status(file);
    return found && kindOf(found);
  }

  /** Size and mode of a file; 0 where there is none. */
  async measure(
    file: string,
  ): Promise<{ sizeBytes: number; executable: boolean }> {
    const found = await this.#status(file);
    return {
      sizeBytes: found?.size ?? 0,
      executable: ((found?.mode ?? 0) & 0o111) !== 0,
    };
  }

  /** Where a link points to, as it is written in the link; `undefined` if the path is no link. */
  async linkTarget(link: string): Promise<string | undefined> {
    const known = this.#links.get(link);
    if (known !== undefined) return known;
    return (await this.kind(link)) === 'link'
      ? readlink(this.#onDisk(link))
      : undefined;
  }

  /**
   * Follows every link on the way, within the tree. Answers where the path really is,
   * whether or not something is there. Throws a refusal where a link leaves the tree.
   */
  async resolve(file: string): Promise<string> {
    let pending = file
      .split('/')
      .filter(segment => segment !== '' && segment !== '.');
    let resolved: string[] = [];
    for (let followed = 0; pending.length > 0; ) {
      const [segment, ...rest] = pending;
      if (segment === '..') {
        if (resolved.length === 0) throw leaves(file);
        resolved = resolved.slice(0, -1);
        pending = rest;
        continue;
      }
      const target = await this.linkTarget([...resolved, segment].join('/'));
      if (target === undefined) {
        resolved = [...resolved, segment];
        pending = rest;
        continue;
      }
      followed += 1;
      if (target.startsWith('/') || followed > MOST_LINKS) throw leaves(file);
      pending = [
        ...target.split('/').filter(part => part !== '' && part !== '.'),
        ...rest,
      ];
    }
    return resolved.join('/');
  }

  /** The folder below as a tree of its own, and its path; `undefined` if there is no such folder. */
  async below(folder: string): Promise<SourceTree | undefined> {
    const resolved = await this.resolve(folder);
    if (resolved === '') return this;
    if ((await this.kind(resolved)) !== 'folder') return undefined;
    const links: Links = new Map();
    for (const [link, target] of this.#links) {
      if (link.startsWith(`${resolved}/`))
        links.set(link.slice(resolved.length + 1), target);
    }
    return new SourceTree(this.#onDisk(resolved), links);
  }

  /**
   * Opens a regular file. Where a folder on the way was swapped for a link meanwhile, what
   * was opened is not what lies at its real path, and it is refused.
   */
  async open(file: string): Promise<FileHandle> {
    const handle = await open(this.#onDisk(file), READ_FILE);
    try {
      const opened = await handle.stat();
      const real = await realpath(this.#onDisk(file));
      const found = await lstat(real);
      const same =
        real === this.#onDisk(file) &&
        found.ino === opened.ino &&
        found.dev === opened.dev;
      if (!same || !opened.isFile())
        throw refused('changed', `${quote(file)} changed while it was read`, {
          entry: file,
        });
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The text of a file, links followed within the tree; `undefined` if there is none. */
  async readText(file: string, longest: number): Promise<string | undefined> {
    const resolved = await this.resolve(file);
    if ((await this.kind(resolved)) !== 'file') return undefined;
    const handle = await this.open(resolved);
    try {
      const { size } = await handle.stat();
      if (size > longest)
        throw refused(
          'file-size',
          `${quote(file)} is larger than ${longest} bytes`,
          { entry: file },
        );
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  }

  async #status(file: string): Promise<Stats | undefined> {
    try {
      return await lstat(this.#onDisk(file));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  #onDisk(file: string): string {
    return path.join(this.#root, file);
  }
}

export function parentOf(file: string): string {
  const parent = posix.dirname(file);
  return parent === '.' ? '' : parent;
}

function leaves(link: string): Error {
  return entryRefused(
    'link',
    link,
    'is a link that leaves the source or the build context',
  );
}

function kindOf(entry: {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}): TreeEntry['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'device';
}
