import type { LoggerService } from '@backstage/backend-plugin-api';
import { problemOf } from '../../store/problem';
import type { Changes } from '../../store/changes';
import { Wakeup } from '../../store/Wakeup';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Frame } from './frames';

/** A change may come from another replica, which wakes nobody here. */
const LOOK_AGAIN = 1000;

/** Where the frames of one topic come from. */
export interface FeedSource {
  /** Topics of `Changes` that wake it. */
  readonly wakes: string[];
  /**
   * What has changed since the call before; the first call says from when on. `woken` is false
   * where nothing woke it and it only looks whether another replica changed something.
   */
  next(woken: boolean): Promise<Frame[]>;
  /**
   * What a new listener gets first: the states, and what came after `position`, or the last
   * things that were said where it has none. It goes exactly as far as `next` has come, so
   * that nothing is missing between the two and nothing is said twice.
   */
  begin(position: number | undefined): Promise<Frame[]>;
}

/** Who listens to a topic. */
export interface Listener {
  /** Where it stands; undefined where it has heard nothing yet. */
  readonly position: number | undefined;
  take(frames: Frame[]): void;
}

/** One topic of this replica: read once, told to all who listen. It ends with its last listener. */
export class Feed {
  readonly #source: FeedSource;
  readonly #wakeup: Wakeup;
  readonly #logger: LoggerService;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<Listener>();
  #joining: Listener[] = [];

  constructor(options: {
    source: FeedSource;
    changes: Changes;
    logger: LoggerService;
    ended: () => void;
  }) {
    this.#source = options.source;
    this.#logger = options.logger;
    this.#wakeup = new Wakeup(options.changes, options.source.wakes);
    // Whoever creates a feed adds its first listener before it gives up the turn.
    setImmediate(() => this.#run().finally(options.ended));
  }

  add(listener: Listener): void {
    this.#joining.push(listener);
    this.#wakeup.wake();
  }

  remove(listener: Listener): void {
    this.#listeners.delete(listener);
    this.#joining = this.#joining.filter(other => other !== listener);
    if (this.#listeners.size + this.#joining.length === 0)
      this.#stopping.abort();
  }

  get stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let woken = true;
    while (!signal.aborted) {
      let more = false;
      try {
        const frames = await this.#source.next(woken);
        for (const listener of this.#listeners) listener.take(frames);
        await this.#letIn();
        more = frames.length > 0;
      } catch (error) {
        this.#logger.warn(
          `A stream could not be read, trying again: ${problemOf(error)}`,
        );
      }
      // A source says a bounded part at a time; clients get a turn to read it.
      woken = false;
      if (more) await nextTurn();
      else if (!signal.aborted)
        woken = await this.#wakeup.wait(LOOK_AGAIN, signal);
    }
    this.#wakeup.close();
  }

  async #letIn(): Promise<void> {
    for (const listener of [...this.#joining]) {
      const frames = await this.#source.begin(listener.position);
      if (!this.#joining.includes(listener)) continue; // it left meanwhile
      this.#joining = this.#joining.filter(other => other !== listener);
      this.#listeners.add(listener);
      listener.take(frames);
    }
  }
}
