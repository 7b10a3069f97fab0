import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { EntryGuard, ratioProblem, type EntryClaim } from '../guard/entries';
import { Meter } from '../meter';
import { refused } from '../refusal';
import type { SourceLimits } from '../settings';
import type { TreeWriter } from './TreeWriter';

const EXECUTABLE = 0o111;

/** Headers, padding and long names that a tar adds to each entry, generously. */
const TAR_BYTES_PER_ENTRY = 8192;

/** Links of a tree, by their path; they are never made on disk. */
export type Links = Map<string, string>;

interface TarOptions {
  limits: SourceLimits;
  links: 'refused' | 'admitted';
  signal: AbortSignal;
}

/** Unpacks a tar.gz while it is read. */
export async function unpackTarGzip(
  source: Readable,
  target: TreeWriter,
  options: TarOptions,
): Promise<void> {
  const { limits } = options;
  const packed = new Meter();
  const unpacked = new Meter(bytes =>
    ratioProblem(bytes, packed.bytes, limits),
  );
  await unpack([source, packed, createGunzip(), unpacked], target, options);
}

/** Unpacks a tar while it is read; answers the links that it held. */
export async function unpackTar(
  source: Readable,
  target: TreeWriter,
  options: TarOptions,
): Promise<Links> {
  return unpack([source], target, options);
}

async function unpack(
  streams: NodeJS.ReadableStream[],
  target: TreeWriter,
  options: TarOptions,
): Promise<Links> {
  const { limits, signal } = options;
  const links: Links = new Map();
  const extract = tar.extract();
  const longest = limits.totalBytes + limits.entries * TAR_BYTES_PER_ENTRY;
  const content = new Meter(bytes =>
    bytes > longest
      ? refused('total-size', 'the tar is longer than its limits allow')
      : undefined,
  );

  let failure: unknown;
  const stop = (error: unknown) => {
    failure ??= error;
    extract.destroy(error as Error);
  };
  await Promise.all([
    pipeline(
      [...streams, content, extract] as unknown as NodeJS.ReadWriteStream[],
      { signal },
    ).catch(stop),
    writeEntries(extract, target, options, links).catch(stop),
  ]);
  if (failure !== undefined) throw unreadable(failure);
  return links;
}

async function writeEntries(
  extract: tar.Extract,
  target: TreeWriter,
  options: TarOptions,
  links: Links,
): Promise<void> {
  const guard = new EntryGuard(options.limits, { links: options.links });
  for await (const entry of extract) {
    const { header } = entry;
    const claim = claimOf(header);
    const path = guard.admit(claim);
    if (claim.kind === 'file') {
      await target.file(path, {
        executable: ((header.mode ?? 0) & EXECUTABLE) !== 0,
        // Its own stream, destroyed before anybody listened, would be waited for without end.
        begin: async () => Readable.from(entry),
        meter: new Meter(),
        signal: options.signal,
      });
      continue;
    }
    if (claim.kind === 'link') links.set(path, header.linkname ?? '');
    else if (path !== '') await target.folder(path);
    entry.resume();
  }
}

function claimOf(header: tar.Header): EntryClaim {
  return {
    name: header.name,
    kind: kindOf(header.type),
    mode: header.mode,
    sizeBytes: header.size ?? 0,
  };
}

function kindOf(type: tar.Header['type']): EntryClaim['kind'] {
  switch (type) {
    case 'file':
    case 'contiguous-file':
      return 'file';
    case 'directory':
      return 'folder';
    case 'symlink':
    case 'link':
      return 'link';
    default:
      return 'device';
  }
}

/** Damage is the archive's; what the file system says is not. */
function unreadable(error: unknown): unknown {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === 'EngineError' || name === 'AbortError') return error;
  if (code === undefined || code.startsWith('Z_')) {
    return refused('archive', `the tar.gz cannot be read: ${message}`, {
      cause: error,
    });
  }
  return error;
}
