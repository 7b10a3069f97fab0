import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Moment } from '../store/rows';

/** A line as it is kept. */
export interface KeptLine {
  at: Moment;
  text: string;
}

/** Text of a full chunk, in bytes; its last line may stand out over it. */
export const CHUNK_SIZE = 64 * 1024;
/** What a line costs beside its text, so that empty lines fill a chunk as well. */
const LINE_OVERHEAD = 32;
/** Longest line, in characters. */
const LONGEST_LINE = 16_000;

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** A line that is too long ends in a mark that says how much is missing. */
export function cutLine(text: string): string {
  if (text.length <= LONGEST_LINE) return text;
  return `${text.slice(0, LONGEST_LINE)} [${
    text.length - LONGEST_LINE
  } more characters cut]`;
}

function sizeOf(lines: KeptLine[]): number {
  return lines.reduce((sum, line) => sum + sizeOfLine(line), 0);
}

function sizeOfLine(line: KeptLine): number {
  return Buffer.byteLength(line.text) + LINE_OVERHEAD;
}

/** Whether no line may be added to a chunk. */
export function isFull(chunk: KeptLine[]): boolean {
  return sizeOf(chunk) >= CHUNK_SIZE;
}

/** Adds lines until the chunk is full, and answers those that found no place. */
export function fillChunk(
  existing: KeptLine[],
  lines: KeptLine[],
): { chunk: KeptLine[]; rest: KeptLine[] } {
  let size = sizeOf(existing);
  let taken = 0;
  while (taken < lines.length && size < CHUNK_SIZE) {
    size += sizeOfLine(lines[taken]);
    taken++;
  }
  return {
    chunk: [...existing, ...lines.slice(0, taken)],
    rest: lines.slice(taken),
  };
}

/** Lines as compressed JSON lines, each `[at, text]`. */
export async function packLines(lines: KeptLine[]): Promise<Buffer> {
  const text = lines
    .map(line => JSON.stringify([line.at, line.text]))
    .join('\n');
  return compress(text);
}

/** The opposite of {@link packLines}. */
export async function unpackLines(content: Buffer): Promise<KeptLine[]> {
  const text = (await decompress(content)).toString('utf8');
  return text.split('\n').map(line => {
    const [at, lineText] = JSON.parse(line) as [number, string];
    return { at, text: lineText };
  });
}
