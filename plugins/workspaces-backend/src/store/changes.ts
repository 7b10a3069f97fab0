import { EventEmitter } from 'node:events';

/**
 * Wake-ups within this process. They only save waiting: whoever listens also
 * re-reads at a slow floor, because a change may come from another replica.
 *
 * Topics: `runs` (there may be something to claim), `run:<id>`, `workspace:<id>`,
 * `workspaces` (the set of workspaces or apps), `log:<stream>`, `endpoints`.
 */
export class Changes {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  emit(topic: string): void {
    this.#emitter.emit(topic);
  }

  /** Answers the function that ends the subscription. */
  on(topic: string, listener: () => void): () => void {
    this.#emitter.on(topic, listener);
    return () => this.#emitter.off(topic, listener);
  }
}
