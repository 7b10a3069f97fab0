import {
  getFileNameLowLevel,
  openPromise,
  validateFileName,
  type Entry,
  type ZipFile,
} from 'yauzl';
import {
  EntryGuard,
  entryPath,
  entryRefused,
  ratioProblem,
  tooManyEntries,
  type EntryClaim,
} from '../guard/entries';
import { Meter } from '../meter';
import { refused } from '../refusal';
import type { SourceLimits } from '../settings';
import type { TreeWriter } from './TreeWriter';

const FILE_TYPE = 0o170000;
const REGULAR_FILE = 0o100000;
const FOLDER = 0o040000;
const LINK = 0o120000;
const EXECUTABLE = 0o111;
const STORED = 0;
const DEFLATED = 8;

/**
 * Unpacks a zip. Its whole directory is checked before the first byte is written; what
 * an entry really inflates to is held against what the directory said of it, because
 * a directory may lie and the library does not compare checksums.
 */
export async function unpackZip(
  file: string,
  target: TreeWriter,
  limits: SourceLimits,
  signal: AbortSignal,
): Promise<void> {
  await withZip(file, zip => checkDirectory(zip, limits, signal));
  await withZip(file, async zip => {
    for await (const entry of entriesOf(zip)) {
      signal.throwIfAborted();
      const name = entryName(entry);
      const path = entryPath(name);
      if (kindOf(entry, name) === 'folder') {
        if (path !== '') await target.folder(path);
        continue;
      }
      await unpackFile(zip, entry, path, target, signal);
    }
  });
}

async function withZip(
  file: string,
  use: (zip: ZipFile) => Promise<void>,
): Promise<void> {
  const zip = await openZip(file);
  try {
    await use(zip);
  } finally {
    zip.close();
  }
}

async function openZip(file: string): Promise<ZipFile> {
  try {
    // Names are decoded by us, so that a refusal can name the entry in our words.
    return await openPromise(file, {
      autoClose: false,
      decodeStrings: false,
      validateEntrySizes: true,
    });
  } catch (error) {
    throw unreadable(error);
  }
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  try {
    yield* zip.eachEntry();
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): unknown {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (code !== undefined || name === 'EngineError') return error;
  return refused('archive', `the zip cannot be read: ${message}`, {
    cause: error,
  });
}

async function checkDirectory(
  zip: ZipFile,
  limits: SourceLimits,
  signal: AbortSignal,
): Promise<void> {
  if (zip.entryCount > limits.entries) throw tooManyEntries(limits);
  const guard = new EntryGuard(limits, { links: 'refused' });
  for await (const entry of entriesOf(zip)) {
    signal.throwIfAborted();
    const claim = claimOf(entry);
    guard.admit(claim);
    const problem = validateFileName(claim.name);
    if (problem) throw refused('path', problem, { entry: claim.name });
    if (entry.isEncrypted())
      throw entryRefused('encrypted', claim.name, 'is encrypted');
    if (
      entry.compressionMethod !== STORED &&
      entry.compressionMethod !== DEFLATED
    ) {
      throw entryRefused(
        'archive',
        claim.name,
        `is compressed by method ${entry.compressionMethod}; accepted are deflate and none`,
      );
    }
  }
  const problem = ratioProblem(guard.totalBytes, zip.fileSize, limits);
  if (problem) throw problem;
}

function claimOf(entry: Entry): EntryClaim {
  const name = entryName(entry);
  return {
    name,
    kind: kindOf(entry, name),
    mode: unixMode(entry),
    sizeBytes: entry.uncompressedSize,
  };
}

function entryName(entry: Entry): string {
  return getFileNameLowLevel(
    entry.generalPurposeBitFlag,
    entry.fileNameRaw,
    entry.extraFields,
    true,
  );
}

function unixMode(entry: Entry): number {
  return entry.externalFileAttributes >>> 16;
}

function kindOf(entry: Entry, name: string): EntryClaim['kind'] {
  const type = unixMode(entry) & FILE_TYPE;
  if (type === LINK) return 'link';
  if (type === FOLDER || name.endsWith('/')) return 'folder';
  return type === REGULAR_FILE || type === 0 ? 'file' : 'device';
}

async function unpackFile(
  zip: ZipFile,
  entry: Entry,
  path: string,
  target: TreeWriter,
  signal: AbortSignal,
): Promise<void> {
  const size = entry.uncompressedSize;
  const liesAboutSize = () =>
    entryRefused(
      'size',
      path,
      `is not of the size that the archive says (${size} bytes)`,
    );
  const meter = new Meter(bytes =>
    bytes > size ? liesAboutSize() : undefined,
  );
  try {
    await target.file(path, {
      executable: (unixMode(entry) & EXECUTABLE) !== 0,
      begin: () => zip.openReadStreamPromise(entry),
      meter,
      signal,
    });
  } catch (error) {
    throw contentError(error, path, liesAboutSize);
  }
  if (meter.bytes !== size) throw liesAboutSize();
  if (meter.crc32 !== entry.crc32)
    throw entryRefused('crc', path, 'is damaged: its checksum differs');
}

/** The library and zlib say what is wrong with the content; they do not say of which entry. */
function contentError(
  error: unknown,
  path: string,
  liesAboutSize: () => Error,
): unknown {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === 'EngineError' || name === 'AbortError') return error;
  if (code === undefined && /bytes in the stream/.test(message))
    return liesAboutSize();
  if (code === undefined || code.startsWith('Z_'))
    return entryRefused('archive', path, `cannot be unpacked: ${message}`);
  return error;
}
