import type { Draining, EndpointTarget } from './switching';

/** One request or connection on its way to a replica and back. */
export interface Passage {
  goesTo(replica: number): void;
  end: () => void;
}

interface Entry {
  release: number;
  /** The replica that it goes to; as long as that is open, the last one that it may go to. */
  replica: number;
  cut: () => void;
}

/** What is under way through one port, and where to. */
export class UnderWay {
  readonly #entries = new Set<Entry>();
  #waiting: (() => void)[] = [];

  /** `cut` ends it at once. */
  begin({ release, replicas }: EndpointTarget, cut: () => void): Passage {
    const entry = { release, replica: replicas - 1, cut };
    this.#entries.add(entry);
    return {
      goesTo: replica => {
        entry.replica = replica;
        this.#tell();
      },
      end: () => {
        this.#entries.delete(entry);
        this.#tell();
      },
    };
  }

  /** Ends when nothing of what drains is under way, or nothing at all. */
  async over(draining?: Draining): Promise<void> {
    while (this.#concerned(draining).length > 0) {
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
  }

  /** Cuts off what is under way of what drains, or everything. */
  cut(draining?: Draining): void {
    for (const { cut } of this.#concerned(draining)) cut();
  }

  #concerned(draining: Draining | undefined): Entry[] {
    const entries = [...this.#entries];
    if (!draining) return entries;
    const { release, from } = draining;
    return entries.filter(
      entry => entry.release === release && entry.replica >= from,
    );
  }

  #tell(): void {
    for (const told of this.#waiting.splice(0)) told();
  }
}
