import { ResponseError } from '@backstage/errors';
import { ReadableStream } from 'node:stream/web';
import { TextEncoder } from 'node:util';
import { followStream } from './stream';
import type { StreamListener, StreamMessage } from './streamMessages';

/** One answer of the server, written to by the test. */
class Connection {
  readonly #encoder = new TextEncoder();
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
  #controller?: ReadableStreamDefaultController<Uint8Array>;

  constructor(init: RequestInit) {
    this.headers = { ...(init.headers as Record<string, string>) }; // the library goes on writing to it
    this.signal = init.signal!;
  }

  answer(): Response {
    const body = new ReadableStream({
      start: controller => {
        this.#controller =
          controller as ReadableStreamDefaultController<Uint8Array>;
        this.signal.addEventListener('abort', () =>
          controller.error(new Error('aborted')),
        );
      },
    });
    return {
      ok: true,
      status: 200,
      headers: new Headers({ 'content-type': 'text/event-stream' }),
      body,
    } as unknown as Response;
  }

  write(text: string): void {
    this.#controller!.enqueue(this.#encoder.encode(text));
  }

  end(): void {
    this.#controller!.close();
  }
}

function frame(id: string, message: StreamMessage): string {
  return `id: ${id}\nevent: ${message.type}\ndata: ${JSON.stringify(
    message.data,
  )}\n\n`;
}

function server(
  answers: (connection: Connection, count: number) => Response = connection =>
    connection.answer(),
) {
  const connections: Connection[] = [];
  const fetch = jest.fn(async (_url: unknown, init?: RequestInit) => {
    const connection = new Connection(init!);
    connections.push(connection);
    return answers(connection, connections.length);
  });
  const listener: jest.Mocked<StreamListener> = {
    onMessage: jest.fn(),
    onSeen: jest.fn(),
    onConnection: jest.fn(),
    onRefused: jest.fn(),
  };
  const stop = new AbortController();
  const url = async () =>
    'http://portal/api/workspaces/stream?topics=workspace:w1';
  const ended = followStream({
    url,
    fetch: fetch as typeof globalThis.fetch,
    listener,
    signal: stop.signal,
  });
  return { connections, fetch, listener, stop, ended };
}

const deleted: StreamMessage = { type: 'deleted', data: { workspace: 'w1' } };

describe('followStream', () => {
  beforeEach(() => jest.spyOn(Math, 'random').mockReturnValue(0));
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('hands over messages, counts heartbeats as seen, and leaves out what it does not know', async () => {
    jest.useFakeTimers();
    const { connections, listener, stop, ended } = server();
    await jest.advanceTimersByTimeAsync(0);
    expect(listener.onConnection).toHaveBeenCalledWith('live');
    const seen = listener.onSeen.mock.calls.length;
    connections[0].write(': heartbeat\n\n');
    await jest.advanceTimersByTimeAsync(0);
    expect(listener.onSeen).toHaveBeenCalledTimes(seen + 1);
    expect(listener.onMessage).not.toHaveBeenCalled();
    connections[0].write('event: of-the-future\ndata: {}\n\n');
    connections[0].write(frame('7', deleted));
    await jest.advanceTimersByTimeAsync(0);
    expect(listener.onMessage).toHaveBeenCalledTimes(1);
    expect(listener.onMessage).toHaveBeenCalledWith(deleted);
    stop.abort();
    await ended;
    expect(connections[0].signal.aborted).toBe(true);
    expect(connections).toHaveLength(1);
  });

  it('connects again after a loss, goes on after the last event, and asks more slowly each time', async () => {
    jest.useFakeTimers();
    const { connections, fetch, listener, stop } = server(
      (connection, count) => {
        if (count === 2 || count === 3) throw new TypeError('network is down');
        return connection.answer();
      },
    );
    await jest.advanceTimersByTimeAsync(0);
    connections[0].write(frame('41', deleted));
    await jest.advanceTimersByTimeAsync(0);
    expect(connections[0].headers).not.toHaveProperty('last-event-id');
    connections[0].end();
    await jest.advanceTimersByTimeAsync(0);
    expect(listener.onConnection).toHaveBeenLastCalledWith('reconnecting');

    await jest.advanceTimersByTimeAsync(499);
    expect(fetch).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(fetch).toHaveBeenCalledTimes(2);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(fetch).toHaveBeenCalledTimes(3);
    await jest.advanceTimersByTimeAsync(1_999);
    expect(fetch).toHaveBeenCalledTimes(3);
    await jest.advanceTimersByTimeAsync(1);
    expect(fetch).toHaveBeenCalledTimes(4);
    expect(connections[3].headers['last-event-id']).toBe('41');
    expect(listener.onConnection).toHaveBeenLastCalledWith('live');
    stop.abort();
  });

  it('gives up a connection that has gone silent', async () => {
    jest.useFakeTimers();
    const { connections, listener, stop } = server();
    await jest.advanceTimersByTimeAsync(30_000);
    connections[0].write(': heartbeat\n\n');
    await jest.advanceTimersByTimeAsync(44_000);
    expect(connections).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(listener.onConnection).toHaveBeenLastCalledWith('reconnecting');
    await jest.advanceTimersByTimeAsync(500);
    expect(connections).toHaveLength(2);
    stop.abort();
  });

  it('does not ask again when it is refused, but does when the server is not well', async () => {
    jest.useFakeTimers();
    const answer = (status: number, name: string) =>
      ({
        ok: false,
        status,
        statusText: name,
        headers: new Headers({ 'content-type': 'application/json' }),
        text: async () =>
          JSON.stringify({
            error: { name, message: 'says the policy' },
            request: {},
            response: { statusCode: status },
          }),
      } as Response);
    const { fetch, listener, ended } = server((_, count) =>
      count === 1
        ? answer(503, 'ServiceUnavailableError')
        : answer(403, 'NotAllowedError'),
    );
    await jest.advanceTimersByTimeAsync(0);
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(listener.onRefused).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(500);
    await ended;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(fetch).toHaveBeenCalledTimes(2);
    const [error] = listener.onRefused.mock.calls[0];
    expect((error as ResponseError).cause.name).toBe('NotAllowedError');
  });
});
