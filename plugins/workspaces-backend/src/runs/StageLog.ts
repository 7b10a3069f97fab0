import type { LogLine } from '@slipway/backstage-plugin-workspaces-common';
import type { RawEvidence } from '@slipway/backstage-plugin-workspaces-node';
import { runLogStream, type LogStore } from '../logs/LogStore';
import { LogWriter } from '../logs/LogWriter';
import type { Redactor } from '../logs/redact';
import type { StageKey } from '../store/RunClaims';

const TAIL_LINES = 60;
const LONGEST_TAIL = 8_000;
/** More than any program writes within a millisecond. */
const LINES_OF_A_MOMENT = 1_000;
/** Where another watcher began: what the one before had not stored yet is not in the log. */
const TAKEN_OVER =
  '[taken over: this stage is watched anew from here on; the last lines before may be missing]';

/** The log of one stage while it is carried out: kept line by line, its end at hand as evidence. */
export class StageLog {
  readonly #writer: LogWriter;
  readonly #key: StageKey;
  readonly #store: LogStore;
  readonly #stream: string;
  #tail: string[] = [];
  #known: { until: number; lines: number } | undefined;

  constructor(options: {
    store: LogStore;
    runId: string;
    workspaceId: string;
    key: StageKey;
    redactor: Redactor;
  }) {
    const { store, runId, workspaceId, key, redactor } = options;
    this.#key = key;
    this.#store = store;
    this.#stream = runLogStream(runId, key.stage, key.app || undefined);
    const stream = this.#stream;
    this.#writer = new LogWriter({ store, stream, workspaceId, redactor });
  }

  /** Begins the log of this attempt, where earlier ones have written before. */
  async begin(): Promise<void> {
    const { attempt } = this.#key;
    if (attempt > 1) await this.write(firstLineOf(attempt));
  }

  /** Goes on with the log of work that somebody else watched before. */
  async resume(): Promise<void> {
    const { items } = await this.#store.page(this.#stream, {
      from: -LINES_OF_A_MOMENT,
      limit: LINES_OF_A_MOMENT,
    });
    this.#tail = this.#ofThisAttempt(items.map(line => line.text)).slice(
      -TAIL_LINES,
    );
    this.#know(items.filter(line => line.text !== TAKEN_OVER));
    await this.write(TAKEN_OVER);
  }

  #know(items: LogLine[]): void {
    const last = items.at(-1);
    if (!last) return;
    this.#known = {
      until: Date.parse(last.at),
      lines: items.filter(line => line.at === last.at).length,
    };
  }

  #ofThisAttempt(lines: string[]): string[] {
    const begin = lines.lastIndexOf(firstLineOf(this.#key.attempt));
    return begin < 0 ? lines : lines.slice(begin);
  }

  /** Lines are told in their order, so the first ones of the last moment are those that are kept. */
  isInLog(at: Date): boolean {
    if (!this.#known || at.getTime() > this.#known.until) return false;
    if (at.getTime() < this.#known.until) return true;
    this.#known.lines--;
    return this.#known.lines >= 0;
  }

  async write(text: string, at?: Date): Promise<void> {
    this.#tail = [...this.#tail, ...text.split('\n')].slice(-TAIL_LINES);
    this.#writer.write(text, at);
    await this.#writer.ready().catch(() => {}); // what is not kept yet close() keeps, or tells
  }

  tail(): RawEvidence[] {
    if (this.#tail.length === 0) return [];
    const { stage, app } = this.#key;
    return [
      {
        kind: 'log',
        source: app ? `log of ${stage} of ${app}` : `log of ${stage}`,
        at: new Date().toISOString(),
        text: this.#tail.join('\n').slice(-LONGEST_TAIL),
      },
    ];
  }

  async close(): Promise<void> {
    await this.#writer.close();
  }
}

/** The log of a stage holds all of its attempts. */
function firstLineOf(attempt: number): string {
  return `Attempt ${attempt}`;
}
