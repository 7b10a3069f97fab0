/**
 * What several producers say, read by one consumer in order. A producer that pushes more
 * than the limit waits until the consumer has caught up.
 *
 * @public
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #limit: number;
  readonly #items: T[] = [];
  #end: { error?: unknown } | undefined;
  #onItem: (() => void) | undefined;
  #onRoom: (() => void)[] = [];

  constructor(options: { limit: number } = { limit: Infinity }) {
    this.#limit = options.limit;
  }

  /** Resolves when there is room for another. After the end, nothing is taken. */
  async push(item: T): Promise<void> {
    if (this.#end) return;
    this.#items.push(item);
    this.#onItem?.();
    if (this.#items.length < this.#limit) return;
    await new Promise<void>(resolve => this.#onRoom.push(resolve));
  }

  /** What was pushed before is still read; then the reader ends, with the error if there is one. */
  end(error?: unknown): void {
    if (this.#end) return;
    this.#end = { error };
    this.#onItem?.();
    this.#makeRoom();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      for (;;) {
        while (this.#items.length > 0) {
          const item = this.#items.shift()!;
          if (this.#items.length < this.#limit) this.#makeRoom();
          yield item;
        }
        if (this.#end) break;
        await new Promise<void>(resolve => {
          this.#onItem = resolve;
        });
      }
      if (this.#end.error !== undefined) throw this.#end.error;
    } finally {
      this.end();
    }
  }

  #makeRoom(): void {
    const waiting = this.#onRoom;
    this.#onRoom = [];
    waiting.forEach(resolve => resolve());
  }
}
