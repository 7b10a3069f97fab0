import { ResponseError } from '@backstage/errors';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { StreamListener, StreamMessage } from './streamMessages';

const CONTENT_TYPE = 'text/event-stream';

/** The server sends a heartbeat every 15 s; a connection silent for three of them is dead. */
const SILENCE_MILLISECONDS = 45_000;
const SHORTEST_WAIT_MILLISECONDS = 1_000;
const LONGEST_WAIT_MILLISECONDS = 30_000;

const messageTypes: ReadonlySet<string> = new Set<StreamMessage['type']>([
  'run',
  'event',
  'log',
  'endpoint',
  'workspace',
  'deleted',
]);

/**
 * How to follow a stream.
 *
 * @public
 */
export interface FollowStreamOptions {
  /** Address of the stream with its topics; asked again for every connection. */
  url: () => Promise<string>;
  /** Sends the request with whatever it needs to be let in. */
  fetch: typeof fetch;
  listener: StreamListener;
  signal: AbortSignal;
}

/** An answer that a repetition would not change: not allowed, not there, not understood. */
class RefusedError extends Error {
  constructor(readonly reason: Error) {
    super(reason.message);
  }
}

class EventStream {
  readonly #options: FollowStreamOptions;
  #lastEventId: string | undefined;
  /** Connections that failed since something was last seen. */
  #failures = 0;

  constructor(options: FollowStreamOptions) {
    this.#options = options;
  }

  async follow(): Promise<void> {
    const { listener, signal } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#connect();
      } catch (error) {
        if (error instanceof RefusedError && !signal.aborted) {
          listener.onRefused(error.reason);
          return;
        }
      }
      if (signal.aborted) return;
      listener.onConnection('reconnecting');
      await wait(backOff(this.#failures), signal);
      this.#failures += 1;
    }
  }

  /** Ends when the connection does, by either side or by silence. */
  async #connect(): Promise<void> {
    const { fetch, listener, signal } = this.#options;
    const url = await this.#options.url();
    if (signal.aborted) return;
    const connection = new AbortController();
    const stop = () => connection.abort();
    let silence = setTimeout(stop, SILENCE_MILLISECONDS);
    const seen = () => {
      clearTimeout(silence);
      silence = setTimeout(stop, SILENCE_MILLISECONDS);
      listener.onSeen();
    };
    signal.addEventListener('abort', stop);
    try {
      const response = await fetch(url, {
        headers: {
          accept: CONTENT_TYPE,
          ...(this.#lastEventId && { 'last-event-id': this.#lastEventId }),
        },
        signal: connection.signal,
      });
      await refuseUnlessStream(response);
      listener.onConnection('live');
      seen();
      await this.#read(response, seen);
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', stop);
    }
  }

  async #read(response: Response, seen: () => void): Promise<void> {
    const parser = createParser({
      onEvent: message => this.#receive(message),
    });
    const decoder = new TextDecoder();
    const reader = response.body!.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      seen();
      parser.feed(decoder.decode(value, { stream: true }));
    }
  }

  #receive(message: EventSourceMessage): void {
    this.#failures = 0;
    if (messageTypes.has(message.event ?? '')) {
      const data = JSON.parse(message.data);
      this.#options.listener.onMessage({
        type: message.event,
        data,
      } as StreamMessage);
    }
    if (message.id) this.#lastEventId = message.id;
  }
}

/**
 * Keeps one server-sent event stream open until the signal says otherwise: connects again
 * with back-off, continues after the last event seen, and gives up only when refused.
 * Never rejects.
 *
 * @public
 */
export async function followStream(
  options: FollowStreamOptions,
): Promise<void> {
  await new EventStream(options).follow();
}

async function refuseUnlessStream(response: Response): Promise<void> {
  if (!response.ok) {
    const error = await ResponseError.fromResponse(response);
    const mayPass =
      response.status >= 500 ||
      response.status === 408 ||
      response.status === 429;
    throw mayPass ? error : new RefusedError(error);
  }
  const type = response.headers.get('content-type') ?? 'nothing';
  if (!type.startsWith(CONTENT_TYPE)) {
    throw new Error(
      `The live stream answered with ${type} instead of ${CONTENT_TYPE}`,
    );
  }
}

function backOff(failures: number): number {
  const longest = Math.min(
    SHORTEST_WAIT_MILLISECONDS * 2 ** failures,
    LONGEST_WAIT_MILLISECONDS,
  );
  return longest * (0.5 + Math.random() / 2);
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
