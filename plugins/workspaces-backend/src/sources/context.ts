import { EntryGuard, tooManyEntries } from './guard/entries';
import { IgnoreRules } from './ignore';
import { quote, refused } from './refusal';
import type { SourceLimits } from './settings';
import { parentOf, type SourceTree, type TreeEntry } from './SourceTree';

/** A file, folder or link of a build context, as it goes into the bundle. */
export interface ContextEntry {
  path: string;
  kind: 'file' | 'folder' | 'link';
  executable: boolean;
  sizeBytes: number;
  /** Of a link, as it is written in the link. */
  target?: string;
}

/** A build context after `.dockerignore`. */
export interface ContextListing {
  /** Sorted by the bytes of the path, so that a folder comes before what is in it. */
  entries: ContextEntry[];
  files: number;
  sizeBytes: number;
}

interface ListOptions {
  /** Goes into the listing whatever `.dockerignore` says. */
  dockerfile?: string;
  limits: SourceLimits;
  signal: AbortSignal;
}

type Found = TreeEntry & { path: string };

/** Patterns for 10,000 paths of 25 letters. */
const LONGEST_IGNORE_FILE = 256 * 1024;

/** Folders that are only looked into for what a pattern may bring back count less. */
const VISITS_PER_ENTRY = 10;

/** The folder of a source that is built, as a tree of its own. */
export async function contextOf(
  tree: SourceTree,
  folder: string | undefined,
): Promise<SourceTree> {
  if (folder === undefined) return tree;
  const context = await tree.below(folder);
  if (context) return context;
  const names = (await tree.children('')).map(({ name }) => quote(name)).sort();
  throw refused(
    'path',
    `the source has no folder ${quote(folder)}; at its root are ${
      names.slice(0, 20).join(', ') || 'no files'
    }`,
    { entry: folder },
  );
}

/**
 * Lists what a build gets to see. The ignore file that applies is left out of it: it has
 * been applied, and no builder shall apply it again in its own way. So are `.git` folders.
 */
export async function listContext(
  tree: SourceTree,
  options: ListOptions,
): Promise<ContextListing> {
  const ignore = await readIgnoreFile(tree, options.dockerfile);
  const found = await walk(tree, ignore, options);
  const included = new Map(found.map(entry => [entry.path, entry]));
  if (options.dockerfile !== undefined && !included.has(options.dockerfile)) {
    included.set(options.dockerfile, {
      name: '',
      path: options.dockerfile,
      kind: 'file',
    });
  }
  for (const path of [...included.keys()]) {
    for (
      let parent = parentOf(path);
      parent !== '' && !included.has(parent);
      parent = parentOf(parent)
    ) {
      included.set(parent, { name: '', path: parent, kind: 'folder' });
    }
  }
  return measure(tree, [...included.values()], options);
}

interface AppliedIgnore {
  file: string;
  rules: IgnoreRules;
}

async function readIgnoreFile(
  tree: SourceTree,
  dockerfile: string | undefined,
): Promise<AppliedIgnore | undefined> {
  for (const file of [
    ...(dockerfile ? [`${dockerfile}.dockerignore`] : []),
    '.dockerignore',
  ]) {
    const text = await tree.readText(file, LONGEST_IGNORE_FILE);
    if (text !== undefined) return { file, rules: new IgnoreRules(file, text) };
  }
  return undefined;
}

/** A level of folders at a time, so that the patterns are asked about many paths at once. */
async function walk(
  tree: SourceTree,
  ignore: AppliedIgnore | undefined,
  options: ListOptions,
): Promise<Found[]> {
  const included: Found[] = [];
  let visited = 0;
  let folders = [''];
  while (folders.length > 0) {
    const level: Found[] = [];
    for (const folder of folders) {
      options.signal.throwIfAborted();
      for (const entry of await tree.children(folder)) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.name.toLowerCase() !== '.git' && path !== ignore?.file)
          level.push({ ...entry, path });
      }
      if (visited + level.length > options.limits.entries * VISITS_PER_ENTRY)
        throw tooManyEntries(options.limits);
    }
    visited += level.length;
    const excluded =
      ignore?.rules.excludes(level.map(({ path }) => path)) ?? [];
    included.push(...level.filter((_, index) => !excluded[index]));
    if (included.length > options.limits.entries)
      throw tooManyEntries(options.limits);
    folders = level
      .filter(
        ({ kind }, index) =>
          kind === 'folder' && (!excluded[index] || ignore?.rules.bringsBack),
      )
      .map(({ path }) => path);
  }
  return included;
}

async function measure(
  tree: SourceTree,
  found: Found[],
  options: ListOptions,
): Promise<ContextListing> {
  const guard = new EntryGuard(options.limits, { links: 'admitted' });
  const entries: ContextEntry[] = [];
  for (const { path, kind } of found) {
    options.signal.throwIfAborted();
    const { sizeBytes, executable } = await tree.measure(path);
    guard.admit({ name: path, kind, sizeBytes });
    if (kind === 'link') await tree.resolve(path); // throws where it leaves the context
    if (kind === 'file') entries.push({ path, kind, executable, sizeBytes });
    else
      entries.push({
        path,
        kind: kind === 'link' ? kind : 'folder',
        executable: false,
        sizeBytes: 0,
        target: await tree.linkTarget(path),
      });
  }
  entries.sort((a, b) =>
    Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)),
  );
  return {
    entries,
    files: entries.filter(({ kind }) => kind !== 'folder').length,
    sizeBytes: guard.totalBytes,
  };
}
