import type {
  LogLine,
  LogPage,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import type { Changes } from '../store/changes';
import type { LogChunkRow, Moment } from '../store/rows';
import { appendLines } from './appendLines';
import { CHUNK_SIZE, cutLine, unpackLines, type KeptLine } from './chunks';

const APP_STREAMS = 'app/';

/** Name of the log of one stage of a run, of all its attempts. */
export function runLogStream(
  runId: string,
  stage: StageName,
  app?: string,
): string {
  return `run/${runId}/${stage}/${app ?? ''}`;
}

/** Name of the log of what an app writes while it runs. */
export function appLogStream(workspaceId: string, app: string): string {
  return `${APP_STREAMS}${workspaceId}/${app}`;
}

/** A line as it is handed over, not yet numbered. */
export interface NewLogLine {
  at: Date;
  text: string;
}

/** How much a log holds. */
export interface LogSize {
  lines: number;
  bytes: number;
}

/** A page without the word whether lines will be added, which only the owner of the stream knows. */
export type StoredLogPage = Omit<LogPage, 'complete'>;

const DEFAULT_LIMIT = 500;
const LARGEST_LIMIT = 5000;
/** Text of one page at most, in characters; a page may so hold fewer lines than asked for. */
const LARGEST_PAGE = 1024 * 1024;
/** Chunks that one search looks through at most: about 32 MiB of text. */
const SEARCHED_CHUNKS = 512;
const CHUNKS_PER_READ = 16;

/**
 * Logs as compressed chunks of numbered lines. The last chunk of a stream is written
 * again until it is full. Lines are expected to be redacted already.
 */
export class LogStore {
  readonly #knex: Knex;
  readonly #changes: Changes;

  constructor(knex: Knex, changes: Changes) {
    this.#knex = knex;
    this.#changes = changes;
  }

  /**
   * Adds lines to the end of a stream, and answers them numbered. Two writers may append
   * at the same time: each batch stays together. Tells `log:<stream>`. What an app of a workspace
   * that was deleted says is not kept.
   */
  async append(
    stream: string,
    workspaceId: string,
    lines: NewLogLine[],
  ): Promise<LogLine[]> {
    if (lines.length === 0) return [];
    const kept = lines.map(line => ({
      at: line.at.getTime(),
      text: cutLine(line.text),
    }));
    const first = await appendLines(this.#knex, {
      stream,
      workspaceId,
      onlyWhileLive: stream.startsWith(APP_STREAMS),
      lines: kept,
    });
    if (first === undefined) return [];
    this.#changes.emit(`log:${stream}`);
    return kept.map((line, index) => numbered(line, first + index));
  }

  /**
   * Lines from a number on; a negative number counts from the end. At most `limit` lines
   * (500 if absent, 5000 at most) and 1 MiB of text: the next page begins after the last line of this one.
   */
  async page(
    stream: string,
    options: { from?: number; limit?: number } = {},
  ): Promise<StoredLogPage> {
    const extent = await this.#extent(stream);
    const limit = clampLimit(options.limit);
    const from = startLine(options.from ?? 1, extent);
    const items: LogLine[] = [];
    let size = 0;
    for await (const line of this.#lines(stream, from)) {
      size += line.text.length;
      if (items.length > 0 && size > LARGEST_PAGE) break;
      items.push(line);
      if (items.length === limit) break;
    }
    return { items, ...extent };
  }

  /**
   * Lines that hold the text, whatever its case, from a number on. Looks at a bounded part
   * of the log: `searchedTo` is the last line it looked at, and the next search begins after it.
   */
  async search(
    stream: string,
    options: { text: string; from?: number; limit?: number },
  ): Promise<StoredLogPage & { searchedTo: number }> {
    const extent = await this.#extent(stream);
    const limit = clampLimit(options.limit);
    const from = startLine(options.from ?? 1, extent);
    const wanted = options.text.toLowerCase();
    const items: LogLine[] = [];
    let searchedTo = from - 1;
    for await (const line of this.#lines(stream, from, SEARCHED_CHUNKS)) {
      searchedTo = line.line;
      if (!line.text.toLowerCase().includes(wanted)) continue;
      items.push(line);
      if (items.length === limit) break;
    }
    return { items, ...extent, searchedTo };
  }

  /** Number of the last line of a stream; 0 if there is none. */
  async lastLine(stream: string): Promise<number> {
    return (await this.#extent(stream)).lastLine;
  }

  /** Numbers of the last lines of several streams; a stream without lines is not in the map. */
  async lastLines(streams: string[]): Promise<Map<string, number>> {
    const rows: { stream: string; after: number }[] = await this.#knex(
      'log_chunks',
    )
      .select('stream', this.#knex.raw('max(first_line + line_count) as after'))
      .whereIn('stream', streams)
      .groupBy('stream');
    return new Map(rows.map(row => [row.stream, Number(row.after) - 1]));
  }

  /** The last lines of a stream, at most so many, the oldest first. */
  async *tail(stream: string, count: number): AsyncGenerator<LogLine> {
    const extent = await this.#extent(stream);
    yield* this.#lines(stream, startLine(-count, extent));
  }

  /** How much of a stream is kept; bytes to the nearest chunk. */
  async size(stream: string): Promise<LogSize> {
    const row = await this.#knex('log_chunks')
      .where({ stream })
      .sum({ lines: 'line_count' })
      .count({ chunks: '*' })
      .first();
    return {
      lines: Number(row?.lines ?? 0),
      bytes: Number(row?.chunks ?? 0) * CHUNK_SIZE,
    };
  }

  /** Drops the oldest chunks of a stream; the numbers of the lines that stay do not change. */
  async trim(stream: string, keepChunks: number): Promise<void> {
    const oldestKept = this.#knex('log_chunks')
      .select('first_line')
      .where({ stream })
      .orderBy('first_line', 'desc')
      .offset(keepChunks - 1)
      .limit(1);
    await this.#knex('log_chunks')
      .where({ stream })
      .where('first_line', '<', oldestKept)
      .delete();
  }

  /**
   * Forgets chunks that were last written before the moment. The last chunk of an app's
   * log stays, so that its numbers go on when a quiet app speaks again.
   */
  async deleteOlderThan(moment: Moment): Promise<number> {
    return this.#knex('log_chunks')
      .where('updated_at', '<', moment)
      .where(condition =>
        condition
          .whereNot('stream', 'like', `${APP_STREAMS}%`)
          .orWhereExists(
            this.#knex('log_chunks as newer')
              .select('newer.stream')
              .whereRaw('newer.stream = log_chunks.stream')
              .whereRaw('newer.first_line > log_chunks.first_line'),
          ),
      )
      .delete();
  }

  async #extent(
    stream: string,
  ): Promise<{ firstLine: number; lastLine: number }> {
    const row = await this.#knex('log_chunks')
      .where({ stream })
      .min({ first: 'first_line' })
      .max({ after: this.#knex.raw('first_line + line_count') })
      .first();
    const after = Number(row?.after ?? 0);
    return after === 0
      ? { firstLine: 1, lastLine: 0 }
      : { firstLine: Number(row?.first), lastLine: after - 1 };
  }

  async *#lines(
    stream: string,
    from: number,
    largestChunkCount = Infinity,
  ): AsyncGenerator<LogLine> {
    let next = from;
    for (let read = 0; read < largestChunkCount; read += CHUNKS_PER_READ) {
      const chunks = await this.#knex<LogChunkRow>('log_chunks')
        .where({ stream })
        .whereRaw('first_line + line_count > ?', [next])
        .orderBy('first_line')
        .limit(Math.min(CHUNKS_PER_READ, largestChunkCount - read));
      for (const chunk of chunks) {
        const lines = await unpackLines(chunk.content);
        for (const [index, line] of lines.entries()) {
          const number = chunk.first_line + index;
          if (number >= next) yield numbered(line, number);
        }
        next = chunk.first_line + chunk.line_count;
      }
      if (chunks.length === 0) return;
    }
  }
}

function numbered(line: KeptLine, number: number): LogLine {
  return {
    line: number,
    at: new Date(line.at).toISOString(),
    text: line.text,
  };
}

function clampLimit(limit: number = DEFAULT_LIMIT): number {
  return Math.max(1, Math.min(LARGEST_LIMIT, Math.floor(limit)));
}

function startLine(
  from: number,
  extent: { firstLine: number; lastLine: number },
): number {
  const start = from < 0 ? extent.lastLine + 1 + from : from;
  return Math.max(extent.firstLine, Math.floor(start));
}
