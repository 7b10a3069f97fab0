import type Docker from 'dockerode';

/** Longer lines are cut into pieces of this many bytes. */
const LONGEST_LINE = 64 * 1024;
const HEADER = 8;

/** A line of a container's output with the engine's own timestamp. */
export interface RawLogLine {
  /** As the engine wrote it, to the nanosecond: tells lines apart that `at` does not. */
  timestamp: string;
  at: Date;
  text: string;
}

/** Which part of the output. */
export interface LogRange {
  /** Only the last lines. */
  tail?: number;
  /** The engine's timestamp of the first line. */
  since?: string;
}

interface UnfinishedLine {
  timestamp: string;
  parts: Buffer[];
  length: number;
}

/**
 * Takes the engine's frames apart: a header of eight bytes (stream, three zeros, length), then one
 * message with its timestamp. A line above 16 KiB comes as several messages, of which only the last ends it.
 */
export class LineReader {
  #buffer: Buffer = Buffer.alloc(0);
  /** By stream: what is written to standard output does not end a line of standard error. */
  readonly #unfinished = new Map<number, UnfinishedLine>();

  *take(chunk: Buffer): Generator<RawLogLine> {
    this.#buffer =
      this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length >= HEADER) {
      const end = HEADER + this.#buffer.readUInt32BE(4);
      if (this.#buffer.length < end) return;
      yield* this.#message(this.#buffer[0], this.#buffer.subarray(HEADER, end));
      this.#buffer = this.#buffer.subarray(end);
    }
  }

  /** What was written without an end of line. */
  *rest(): Generator<RawLogLine> {
    for (const line of this.#unfinished.values()) yield finished(line);
    this.#unfinished.clear();
  }

  *#message(stream: number, message: Buffer): Generator<RawLogLine> {
    const space = message.indexOf(0x20);
    const timestamp = message.subarray(0, space).toString('latin1');
    const ended = message[message.length - 1] === 0x0a;
    const part = message.subarray(space + 1, ended ? -1 : undefined);
    const line = this.#unfinished.get(stream) ?? {
      timestamp,
      parts: [],
      length: 0,
    };
    line.parts.push(part);
    line.length += part.length;
    if (ended || line.length >= LONGEST_LINE) {
      this.#unfinished.delete(stream);
      yield finished(line);
    } else {
      this.#unfinished.set(stream, line);
    }
  }
}

function finished({ timestamp, parts }: UnfinishedLine): RawLogLine {
  const text = Buffer.concat(parts).toString('utf8').replace(/\r$/, '');
  return { timestamp, at: new Date(timestamp), text };
}

/** The engine takes seconds with a fraction; a date as text gives nothing there. */
function seconds(timestamp: string): string {
  const [whole, fraction = ''] = timestamp.replace('Z', '').split('.');
  return `${Date.parse(`${whole}Z`) / 1000}.${fraction.padEnd(9, '0')}`;
}

function query(range: LogRange) {
  return {
    stdout: true,
    stderr: true,
    timestamps: true,
    ...(range.tail === undefined ? {} : { tail: range.tail }),
    // As text, because a number would lose the nanoseconds.
    ...(range.since === undefined ? {} : { since: seconds(range.since) }),
  };
}

/** All lines that a container has written up to now. */
export async function readLogLines(
  docker: Docker,
  name: string,
  range: LogRange = {},
): Promise<RawLogLine[]> {
  const output = await docker
    .getContainer(name)
    .logs({ ...query(range), follow: false });
  const reader = new LineReader();
  return [...reader.take(output), ...reader.rest()];
}

/** The lines of a container as it writes them, until it ends or the signal is aborted. */
export async function* followLogLines(
  docker: Docker,
  name: string,
  range: LogRange,
  signal: AbortSignal,
): AsyncGenerator<RawLogLine> {
  const stream = await docker
    .getContainer(name)
    .logs({ ...query(range), follow: true, abortSignal: signal });
  const reader = new LineReader();
  for await (const chunk of stream) {
    yield* reader.take(chunk as Buffer);
  }
  yield* reader.rest();
}
