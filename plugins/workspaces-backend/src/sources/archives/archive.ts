import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { SourceLimits } from '../settings';
import { unpackTarGzip } from './tar';
import type { TreeWriter } from './TreeWriter';
import { unpackZip } from './zip';

/** The archives that are understood. */
export type ArchiveFormat = 'zip' | 'tar.gz';

const SIGNATURES: { format: ArchiveFormat; bytes: number[] }[] = [
  { format: 'zip', bytes: [0x50, 0x4b, 0x03, 0x04] },
  { format: 'zip', bytes: [0x50, 0x4b, 0x05, 0x06] }, // without any entry
  { format: 'tar.gz', bytes: [0x1f, 0x8b] },
];

/** What a file is by its first bytes, whatever its name says; `undefined` if it is none of the archives. */
export async function sniffArchive(
  file: string,
): Promise<ArchiveFormat | undefined> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const start = buffer.subarray(0, bytesRead);
    return SIGNATURES.find(({ bytes }) =>
      start.subarray(0, bytes.length).equals(Buffer.from(bytes)),
    )?.format;
  } finally {
    await handle.close();
  }
}

/** Checks an archive and unpacks it. */
export async function unpackArchive(
  file: string,
  format: ArchiveFormat,
  target: TreeWriter,
  limits: SourceLimits,
  signal: AbortSignal,
): Promise<void> {
  if (format === 'zip') await unpackZip(file, target, limits, signal);
  else
    await unpackTarGzip(createReadStream(file), target, {
      limits,
      links: 'refused',
      signal,
    });
}
