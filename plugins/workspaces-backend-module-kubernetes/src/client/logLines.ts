/** Longer lines are cut into pieces of this many bytes. */
const LONGEST_LINE = 64 * 1024;

/** A line of a container's output with the kubelet's own timestamp. */
export interface RawLogLine {
  /** As the kubelet wrote it, to the nanosecond: tells lines apart that `at` does not. */
  timestamp: string;
  at: Date;
  text: string;
}

/** How far a log was read, so that what the next connection repeats is not told twice. */
export class Position {
  #since: string | undefined;
  /** The lines of that moment. */
  #told = new Set<string>();
  #resumedAt: string | undefined;
  #repeats = new Set<string>();

  constructor(since: string | undefined) {
    this.#since = since;
  }

  get since(): string | undefined {
    return this.#since;
  }

  /** Another connection begins where the last one ended. */
  resume(): void {
    this.#resumedAt = this.#since;
    this.#repeats = new Set(this.#told);
  }

  /** Whether the line is news. */
  advance({ timestamp, text }: RawLogLine): boolean {
    if (this.#resumedAt !== undefined) {
      if (isBefore(timestamp, this.#resumedAt)) return false;
      if (timestamp === this.#resumedAt && this.#repeats.has(text)) {
        return false;
      }
    }
    if (timestamp !== this.#since) this.#told = new Set();
    this.#since = timestamp;
    this.#told.add(text);
    return true;
  }
}

function isBefore(timestamp: string, other: string): boolean {
  return comparable(timestamp) < comparable(other);
}

/** The fraction of a second has no zeros at its end, as the kubelet writes it. */
function comparable(timestamp: string): string {
  const [whole, fraction = ''] = timestamp.replace('Z', '').split('.');
  return `${whole}.${fraction.padEnd(9, '0')}`;
}

/** Takes the output apart into lines, each with its timestamp in front. */
export class LineReader {
  #buffer: Buffer = Buffer.alloc(0);
  /** Whose line is longer than a piece. */
  #timestamp = '';

  *take(chunk: Buffer): Generator<RawLogLine> {
    this.#buffer =
      this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const end = this.#buffer.indexOf(0x0a);
      if (end === -1 && this.#buffer.length < LONGEST_LINE) return;
      const cut = end === -1 || end > LONGEST_LINE ? LONGEST_LINE : end;
      yield this.#line(this.#buffer.subarray(0, cut), cut !== end);
      this.#buffer = this.#buffer.subarray(cut === end ? cut + 1 : cut);
    }
  }

  /** What was written without an end of line. */
  *rest(): Generator<RawLogLine> {
    if (this.#buffer.length > 0) yield this.#line(this.#buffer, false);
    this.#buffer = Buffer.alloc(0);
  }

  #line(bytes: Buffer, goesOn: boolean): RawLogLine {
    const text = bytes.toString('utf8').replace(/\r$/, '');
    if (this.#timestamp) {
      const timestamp = this.#timestamp;
      if (!goesOn) this.#timestamp = '';
      return { timestamp, at: new Date(timestamp), text };
    }
    const space = text.indexOf(' ');
    const timestamp = space === -1 ? text : text.slice(0, space);
    if (goesOn) this.#timestamp = timestamp;
    return {
      timestamp,
      at: new Date(timestamp),
      text: space === -1 ? '' : text.slice(space + 1),
    };
  }
}
