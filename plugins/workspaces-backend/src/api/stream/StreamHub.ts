import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Response } from 'express';
import type { Changes } from '../../store/changes';
import { Connection } from './Connection';
import { Feed, type Listener } from './Feed';
import type { Positions } from './frames';
import type { Topic } from './topics';

/** All streams of this replica: one feed per topic, however many listen to it. */
export class StreamHub {
  readonly #changes: Changes;
  readonly #logger: LoggerService;
  readonly #limits: { largestBacklog?: number; heartbeat?: number };
  readonly #feeds = new Map<string, Feed>();
  readonly #connections = new Set<Connection>();

  constructor(options: {
    changes: Changes;
    logger: LoggerService;
    /** What a client may leave unread, in bytes (4 MiB), and the time between heartbeats, in milliseconds (15 s). */
    limits?: { largestBacklog?: number; heartbeat?: number };
  }) {
    this.#changes = options.changes;
    this.#logger = options.logger;
    this.#limits = options.limits ?? {};
  }

  /** Feeds that run now. */
  get size(): number {
    return this.#feeds.size;
  }

  /**
   * Answers a request with the stream of the topics, from the positions on, and no longer than the
   * credentials of the request hold.
   */
  open(
    response: Response,
    topics: Topic[],
    options: { positions: Positions; expiresAt?: Date },
  ): void {
    if (response.closed) return; // the client went while it was decided what it may see
    const joined: [Feed, Listener][] = [];
    const connection = new Connection(response, {
      ...this.#limits,
      ...options,
      closed: () => {
        this.#connections.delete(connection);
        for (const [feed, listener] of joined) feed.remove(listener);
      },
    });
    this.#connections.add(connection);
    for (const topic of topics) {
      const feed = this.#feed(topic);
      const listener = connection.listener(topic.name);
      feed.add(listener);
      joined.push([feed, listener]);
    }
  }

  /** Ends every stream, so that clients go on at another replica. */
  close(): void {
    for (const connection of this.#connections) connection.end('shutdown');
  }

  #feed(topic: Topic): Feed {
    const running = this.#feeds.get(topic.name);
    if (running && !running.stopped) return running;
    const feed: Feed = new Feed({
      source: topic.source(),
      changes: this.#changes,
      logger: this.#logger,
      ended: () => {
        if (this.#feeds.get(topic.name) === feed)
          this.#feeds.delete(topic.name);
      },
    });
    this.#feeds.set(topic.name, feed);
    return feed;
  }
}
