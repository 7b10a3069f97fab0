import type { LogSize, LogStore, NewLogLine } from './LogStore';
import type { Redactor } from './redact';

const FLUSH_AFTER = 500;
const RETRY_AFTER = 2000;
const FLUSH_SIZE = 64 * 1024;
const LARGEST_BATCH = 1024 * 1024;
/** Text that waits for a database that does not answer; what comes beyond it is dropped, and counted. */
const LARGEST_BACKLOG = 16 * 1024 * 1024;
/** From here on a source that can wait is to wait. */
const BUSY_BACKLOG = 1024 * 1024;
/** What one log may hold. */
const LARGEST_LOG: LogSize = { lines: 1_000_000, bytes: 100_000_000 };

export interface LogWriterOptions {
  store: LogStore;
  stream: string;
  workspaceId: string;
  redactor: Redactor;
  /** Longest time that a line waits for others, in milliseconds; 500 if absent. */
  flushAfter?: number;
  /** 1,000,000 lines and 100 MB if absent. */
  largest?: LogSize;
}

/**
 * Writes one log: redacts, splits into lines, and keeps them in batches. A log that has
 * reached its largest size says so in its last line and takes no more.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #waiting: NewLogLine[] = [];
  #waitingSize = 0;
  #dropped = 0;
  #room: LogSize | undefined;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  /** One or more whole lines. Of a line that was drawn over itself (`\r`) only the last state is kept. */
  write(text: string, at: Date = new Date()): void {
    if (this.#closed) return;
    for (const line of linesOf(this.#options.redactor.redact(text)))
      this.#add({ at, text: line });
    if (this.#waitingSize >= FLUSH_SIZE) this.#flushAfter(0);
    else this.#flushAfter(this.#options.flushAfter ?? FLUSH_AFTER);
  }

  /** Ends when there is room for more: for sources that can be made to wait. */
  async ready(): Promise<void> {
    if (this.#waitingSize >= BUSY_BACKLOG) await this.#flush();
  }

  /** Keeps what waits, and takes no more. Throws where the database did not take it. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#flush();
  }

  #add(line: NewLogLine): void {
    const size = sizeOfLine(line);
    if (this.#waitingSize + size > LARGEST_BACKLOG) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingSize += size;
  }

  #flushAfter(milliseconds: number): void {
    this.#timer ??= setTimeout(() => {
      // What the database does not take stays waiting; close() tells.
      this.#flush().catch(() => this.#flushAfter(RETRY_AFTER));
    }, milliseconds);
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // Whoever waited for the flush before this one heard of its failure.
    this.#flushing = this.#flushing
      .catch(() => {})
      .then(() => this.#flushWaiting());
    return this.#flushing;
  }

  async #flushWaiting(): Promise<void> {
    const { store, stream, workspaceId } = this.#options;
    this.#room ??= await this.#roomLeft();
    while (this.#waiting.length > 0 || this.#dropped > 0) {
      if (this.#dropped > 0) this.#tellDropped();
      const batch = this.#takeBatch();
      const { lines, room } = fit(batch, this.#room);
      try {
        await store.append(stream, workspaceId, lines);
        this.#room = room;
      } catch (error) {
        this.#waiting.unshift(...batch);
        this.#waitingSize += sizeOf(batch);
        throw error;
      }
    }
  }

  async #roomLeft(): Promise<LogSize> {
    const { store, stream, largest = LARGEST_LOG } = this.#options;
    const kept = await store.size(stream);
    return {
      lines: largest.lines - kept.lines,
      bytes: largest.bytes - kept.bytes,
    };
  }

  #takeBatch(): NewLogLine[] {
    let size = 0;
    let count = 0;
    while (count < this.#waiting.length && size < LARGEST_BATCH) {
      size += sizeOfLine(this.#waiting[count]);
      count++;
    }
    this.#waitingSize -= size;
    return this.#waiting.splice(0, count);
  }

  #tellDropped(): void {
    this.#waiting.push({
      at: new Date(),
      text: `[${
        this.#dropped
      } lines are missing here: the database did not take them in time]`,
    });
    this.#waitingSize += sizeOfLine(this.#waiting.at(-1)!);
    this.#dropped = 0;
  }
}

/** What of a batch there is room for, its last line then saying that the log is full. */
function fit(
  batch: NewLogLine[],
  room: LogSize,
): { lines: NewLogLine[]; room: LogSize } {
  if (room.lines <= 0 || room.bytes <= 0) return { lines: [], room };
  let bytes = 0;
  const end = batch.findIndex((line, index) => {
    bytes += sizeOfLine(line);
    return index >= room.lines || bytes > room.bytes;
  });
  if (end === -1) {
    return {
      lines: batch,
      room: { lines: room.lines - batch.length, bytes: room.bytes - bytes },
    };
  }
  const full = {
    at: batch[end].at,
    text: '[this log has reached its largest size; what follows is not kept]',
  };
  return {
    lines: [...batch.slice(0, end), full],
    room: { lines: 0, bytes: 0 },
  };
}

function sizeOfLine(line: NewLogLine): number {
  return line.text.length + 1;
}

function sizeOf(lines: NewLogLine[]): number {
  return lines.reduce((sum, line) => sum + sizeOfLine(line), 0);
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines.map(lastState);
}

function lastState(line: string): string {
  const drawn = line.replace(/\r+$/, '');
  return drawn.slice(drawn.lastIndexOf('\r') + 1);
}
