import type {
  LogLine,
  Stage,
} from '@slipway/backstage-plugin-workspaces-common';

/** What tests look at in the data of frames; each type of frame has some of it. */
export interface ReceivedData {
  id?: string;
  name?: string;
  state?: string;
  reason?: string;
  sequence: number;
  size?: string;
  receipt?: object;
  /** Id of the workspace that is meant. */
  workspace?: string;
  lastRun?: { number: number; state: string };
  stages: Stage[];
  items: LogLine[];
  complete: boolean;
}

/** A frame of a stream of server-sent events. */
export interface ReceivedFrame {
  id?: string;
  event: string;
  data: ReceivedData;
}

/** A client of server-sent events, for tests. */
export class StreamReader {
  readonly response: Response;
  /** All text that came. */
  text = '';
  readonly #controller: AbortController;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #rest = '';
  readonly #frames: ReceivedFrame[] = [];

  private constructor(response: Response, controller: AbortController) {
    this.response = response;
    this.#controller = controller;
    this.#reader = response.body!.getReader();
  }

  static async open(
    url: string,
    headers: Record<string, string>,
  ): Promise<StreamReader> {
    const controller = new AbortController();
    return new StreamReader(
      await fetch(url, { headers, signal: controller.signal }),
      controller,
    );
  }

  /** The next frame of that type, passing over others; undefined where the stream has ended. */
  async next(event: string): Promise<ReceivedFrame | undefined> {
    for (;;) {
      const frame = await this.#nextFrame();
      if (!frame || frame.event === event) return frame;
    }
  }

  /** The first frame of which the condition holds. */
  async find(
    condition: (frame: ReceivedFrame) => boolean,
  ): Promise<ReceivedFrame> {
    for (;;) {
      const frame = await this.#nextFrame();
      if (!frame)
        throw new Error(`The stream has ended: ${this.text.slice(-500)}`);
      if (condition(frame)) return frame;
    }
  }

  /** Reads until the text has come, which may be a comment. */
  async untilText(text: string): Promise<void> {
    while (!this.text.includes(text)) {
      if (!(await this.#read())) throw new Error('The stream has ended');
    }
  }

  /** The message of a refusal. */
  async refusal(): Promise<string> {
    while (await this.#read()) {
      // until all of it has come
    }
    return JSON.parse(this.text).error.message;
  }

  close(): void {
    this.#controller.abort();
  }

  async #nextFrame(): Promise<ReceivedFrame | undefined> {
    while (this.#frames.length === 0) {
      if (!(await this.#read())) return undefined;
    }
    return this.#frames.shift();
  }

  async #read(): Promise<boolean> {
    const { value, done } = await this.#reader.read();
    if (done) return false;
    const text = this.#decoder.decode(value, { stream: true });
    this.text += text;
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = new Map(
        block
          .split('\n')
          .map(line => line.split(/: (.*)/s) as [string, string]),
      );
      if (fields.has('event')) {
        this.#frames.push({
          id: fields.get('id'),
          event: fields.get('event')!,
          data: JSON.parse(fields.get('data')!),
        });
      }
    }
    return true;
  }
}
