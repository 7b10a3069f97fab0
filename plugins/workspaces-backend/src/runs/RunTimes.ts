import { performance } from 'node:perf_hooks';
import type { StageRef } from '../store/runChanges';

/**
 * Where the time of a run goes, as seen by the worker that carries it out: how long a call
 * to engine or builder was open, counting calls at the same time once, and how long it took
 * from the end of the last stage that a stage needs to its own beginning.
 */
export class RunTimes {
  /** Local monotonic time. */
  readonly claimedAt = performance.now();
  readonly #endedAt = new Map<string, number>();
  readonly #handOvers: number[] = [];
  #openCalls = 0;
  #openSince = 0;
  #engineTime = 0;

  callBegins(): void {
    if (this.#openCalls === 0) this.#openSince = performance.now();
    this.#openCalls++;
  }

  callEnds(): void {
    this.#openCalls--;
    if (this.#openCalls === 0) {
      this.#engineTime += performance.now() - this.#openSince;
    }
  }

  /** Counts a call for as long as it is open. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    this.callBegins();
    try {
      return await call();
    } finally {
      this.callEnds();
    }
  }

  stageBegins(needs: string[]): void {
    const ends = needs.flatMap(need => this.#endedAt.get(need) ?? []);
    if (ends.length > 0) {
      this.#handOvers.push(performance.now() - Math.max(...ends));
    }
  }

  stageEnds(stage: string): void {
    this.#endedAt.set(stage, performance.now());
  }

  /**
   * For the events of the run, in a form that a program can read back:
   * `engine time <ms> of <ms> ms; hand-overs <ms> <ms> ... ms`, where the second figure
   * is the time since the claim.
   */
  message(): string {
    const total = performance.now() - this.claimedAt;
    const handOvers = this.#handOvers.map(each => each.toFixed(1)).join(' ');
    const engine = `engine time ${this.#engineTime.toFixed(0)}`;
    return `${engine} of ${total.toFixed(0)} ms; hand-overs ${
      handOvers || 'none'
    }${handOvers && ' ms'}`;
  }
}

/** A stage of a run, in one word. */
export function stageName(stage: StageRef): string {
  return `${stage.stage}/${stage.app}`;
}
