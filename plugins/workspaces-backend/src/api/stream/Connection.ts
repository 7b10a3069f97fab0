import type { Response } from 'express';
import type { Listener } from './Feed';
import {
  encodePositions,
  writeFrame,
  type Frame,
  type Positions,
} from './frames';

/** What a client may leave unread before it is dropped. */
const LARGEST_BACKLOG = 4 * 1024 * 1024;
const HEARTBEAT = 15_000;
/** Then the client comes back with a fresh token, and what it may see is decided anew. */
const LONGEST_LIFE = 30 * 60_000;
/** How long a client that was dropped may take to read why. */
const FAREWELL = 5_000;

/** Why the portal ends a stream. */
export type EndReason = 'too-slow' | 'expired' | 'shutdown';

const endMessages: Record<EndReason, string> = {
  'too-slow':
    'The client did not read fast enough; it can go on from the last event that it has',
  expired:
    'The stream has reached its longest life; it can go on from the last event',
  shutdown:
    'This replica of the portal stops; the stream can go on from the last event',
};

/** One client of the stream: all of its topics in one response, within bounds. */
export class Connection {
  readonly #response: Response;
  readonly #positions: Positions;
  readonly #timers: NodeJS.Timeout[];
  readonly #largestBacklog: number;
  #ended = false;

  constructor(
    response: Response,
    options: {
      positions: Positions;
      /** When the credentials of the client cease to hold. */
      expiresAt?: Date;
      closed: () => void;
      largestBacklog?: number;
      heartbeat?: number;
    },
  ) {
    this.#response = response;
    this.#positions = new Map(options.positions);
    this.#largestBacklog = options.largestBacklog ?? LARGEST_BACKLOG;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-transform',
      Connection: 'keep-alive',
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    response.write('retry: 2000\n\n');
    const heartbeat = setInterval(
      () => response.write(': heartbeat\n\n'),
      options.heartbeat ?? HEARTBEAT,
    );
    const life = setTimeout(
      () => this.end('expired'),
      lifetime(options.expiresAt),
    );
    this.#timers = [heartbeat, life];
    response.on('close', () => {
      this.#stop();
      options.closed();
    });
  }

  /** The part of this client that listens to one topic. */
  listener(topic: string): Listener {
    const positions = this.#positions;
    return {
      get position() {
        return positions.get(topic);
      },
      take: frames => frames.forEach(each => this.#take(topic, each)),
    };
  }

  /** Says why, and ends the response. */
  end(reason: EndReason): void {
    if (this.#ended) return;
    this.#stop();
    const data = JSON.stringify({ reason, message: endMessages[reason] });
    this.#response.end(
      writeFrame({ type: 'end', data }, encodePositions(this.#positions)),
    );
    setTimeout(() => this.#response.destroy(), FAREWELL).unref();
  }

  #take(topic: string, each: Frame): void {
    if (this.#ended) return;
    if (each.position !== undefined) this.#positions.set(topic, each.position);
    this.#response.write(writeFrame(each, encodePositions(this.#positions)));
    if (this.#response.writableLength > this.#largestBacklog)
      this.end('too-slow');
  }

  #stop(): void {
    this.#ended = true;
    this.#timers.forEach(timer => clearTimeout(timer));
  }
}

function lifetime(expiresAt: Date | undefined): number {
  if (!expiresAt) return LONGEST_LIFE;
  return Math.max(0, Math.min(LONGEST_LIFE, expiresAt.getTime() - Date.now()));
}
