import type { EngineLogLine } from '@slipway/backstage-plugin-workspaces-node';
import { createHash } from 'node:crypto';
import type { Moment } from '../store/rows';
import { cutLine } from './chunks';
import type { Redactor } from './redact';

/** Lines of two replicas do not come in the order of their times: so far back is read again. */
const OVERLAP = 2_000;

/** The last lines that are kept, each as often as it is kept, to know those that the engine says again. */
export class KnownLines {
  readonly #counts = new Map<string, number>();
  #oldest: Moment | undefined;
  #newest: Moment | undefined;

  add(at: Moment, text: string): void {
    const key = keyOf(at, text);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    this.#oldest = Math.min(this.#oldest ?? at, at);
    this.#newest = Math.max(this.#newest ?? at, at);
  }

  /** From when on to read; from the beginning where nothing is kept. */
  get since(): Date | undefined {
    if (this.#newest === undefined || this.#oldest === undefined)
      return undefined;
    // One millisecond before, because the engine leaves out what is not after that moment.
    return new Date(Math.max(this.#newest - OVERLAP, this.#oldest) - 1);
  }

  /** Whether the line is kept already; each kept line stands for one. */
  has(line: EngineLogLine, redactor: Redactor): boolean {
    if (this.#counts.size === 0) return false;
    const key = keyOf(line.at.getTime(), cutLine(redactor.redact(line.text)));
    const count = this.#counts.get(key);
    if (count === undefined) return false;
    if (count === 1) this.#counts.delete(key);
    else this.#counts.set(key, count - 1);
    return true;
  }
}

function keyOf(at: Moment, text: string): string {
  return createHash('sha1').update(`${at} ${text}`).digest('base64');
}
