import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import type { ContextEntry } from './context';
import { Meter } from './meter';
import { quote, refused } from './refusal';
import type { SourceTree } from './SourceTree';

/**
 * The time of every entry. Not 1970: zip, which some build tools pack files of the context
 * with, knows nothing before 1980.
 */
const ENTRY_TIME = new Date('2000-01-01T00:00:00Z');

type HeaderOfEntry = Parameters<tar.Pack['entry']>[0];

/** A tar on disk. */
export interface PackedBundle {
  /** sha256, in hex. */
  digest: string;
  sizeBytes: number;
}

/**
 * Writes the entries as a tar that depends on their paths, contents, links and executable
 * bits alone, and on nothing else of the place that they came from.
 */
export async function packBundle(
  tree: SourceTree,
  entries: ContextEntry[],
  file: string,
  signal: AbortSignal,
): Promise<PackedBundle> {
  const pack = tar.pack();
  const meter = new Meter();
  let failure: unknown;
  const stop = (error: unknown) => {
    failure ??= error;
    pack.destroy(error as Error);
  };
  await Promise.all([
    pipeline(
      pack,
      meter,
      createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }),
      { signal },
    ).catch(stop),
    packEntries(pack, tree, entries, signal).catch(stop),
  ]);
  if (failure !== undefined) throw failure;
  return { digest: meter.sha256(), sizeBytes: meter.bytes };
}

async function packEntries(
  pack: tar.Pack,
  tree: SourceTree,
  entries: ContextEntry[],
  signal: AbortSignal,
): Promise<void> {
  for (const entry of entries) {
    signal.throwIfAborted();
    if (entry.kind === 'file') await packFile(pack, tree, entry, signal);
    else await packHeader(pack, headerOf(entry, 0));
  }
  pack.finalize();
}

async function packFile(
  pack: tar.Pack,
  tree: SourceTree,
  entry: ContextEntry,
  signal: AbortSignal,
): Promise<void> {
  if (entry.sizeBytes === 0) {
    await packHeader(pack, headerOf(entry, 0));
    return;
  }
  const handle = await tree.open(entry.path);
  if ((await handle.stat()).size !== entry.sizeBytes) {
    await handle.close();
    throw changed(entry);
  }
  const target = pack.entry(headerOf(entry, entry.sizeBytes));
  const content = handle.createReadStream({ end: entry.sizeBytes - 1 });
  await pipeline(content, target as unknown as NodeJS.WritableStream, {
    signal,
  });
}

/** An entry without content. Waited for, because the library recurses through those that wait. */
function packHeader(pack: tar.Pack, header: HeaderOfEntry): Promise<void> {
  return new Promise((resolve, reject) => {
    pack.entry(header, Buffer.alloc(0), error =>
      error ? reject(error) : resolve(),
    );
  });
}

function headerOf(entry: ContextEntry, size: number): HeaderOfEntry {
  const common = {
    mtime: ENTRY_TIME,
    uid: 0,
    gid: 0,
    uname: '',
    gname: '',
    size,
  };
  switch (entry.kind) {
    case 'folder':
      return {
        ...common,
        name: `${entry.path}/`,
        type: 'directory',
        mode: 0o755,
      };
    case 'link':
      return {
        ...common,
        name: entry.path,
        type: 'symlink',
        linkname: entry.target,
        mode: 0o777,
      };
    default:
      return {
        ...common,
        name: entry.path,
        type: 'file',
        mode: entry.executable ? 0o755 : 0o644,
      };
  }
}

function changed(entry: ContextEntry): Error {
  return refused('changed', `${quote(entry.path)} changed while it was read`, {
    entry: entry.path,
  });
}
