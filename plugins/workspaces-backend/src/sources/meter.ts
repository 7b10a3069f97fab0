import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { crc32 } from 'node:zlib';

/** Lets bytes pass, counts and sums them, and fails as soon as there are too many. */
export class Meter extends Transform {
  readonly #check: (bytes: number) => Error | undefined;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #crc32 = 0;

  /** `check` is asked with the bytes so far and answers the error to fail with. */
  constructor(check: (bytes: number) => Error | undefined = () => undefined) {
    super();
    this.#check = check;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get crc32(): number {
    return this.#crc32;
  }

  /** In hex; once, after the end. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    callback: TransformCallback,
  ): void {
    this.#bytes += chunk.byteLength;
    const problem = this.#check(this.#bytes);
    if (problem) {
      callback(problem);
      return;
    }
    this.#hash.update(chunk);
    this.#crc32 = crc32(chunk, this.#crc32);
    callback(null, chunk);
  }
}
