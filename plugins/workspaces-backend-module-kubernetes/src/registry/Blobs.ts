import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { digestOf, readDocument } from './document';
import { codeOf } from './failures';
import type { Descriptor } from './media';
import type { RegistryConnection } from './RegistryConnection';
import type { RegistryAnswer } from './RegistryHttp';

/** The blobs of a registry: layers of images, and whatever else manifests name. */
export class Blobs {
  readonly #connection: RegistryConnection;

  constructor(connection: RegistryConnection) {
    this.#connection = connection;
  }

  async has(
    repository: string,
    digest: string,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const answer = await this.#connection.send({
      method: 'HEAD',
      path: `/v2/${repository}/blobs/${digest}`,
      repository,
      access: 'pull,push', // asked before a push: one token for both
      accept: [200, 307, 404],
      signal,
    });
    await answer.body.dump();
    return answer.status !== 404;
  }

  /** A small blob, whole. */
  async read(
    repository: string,
    digest: string,
    signal?: AbortSignal,
  ): Promise<Buffer> {
    const answer = await this.#connection.send({
      method: 'GET',
      path: `/v2/${repository}/blobs/${digest}`,
      repository,
      accept: [200, 301, 302, 303, 307, 308],
      signal,
    });
    return readDocument(await this.#connection.follow(answer, signal), digest);
  }

  /** Stores a small blob at once, unless it is there. */
  async put(
    repository: string,
    bytes: Buffer,
    mediaType: string,
    signal?: AbortSignal,
  ): Promise<Descriptor> {
    const digest = digestOf(bytes);
    if (!(await this.has(repository, digest, signal))) {
      const upload = await this.#beginUpload(repository, signal);
      await this.#endUpload(repository, upload, digest, bytes, signal);
    }
    return { mediaType, digest, size: bytes.length };
  }

  /**
   * Stores a blob as it is read; nothing of it is kept in memory. The registry takes it only if it
   * has the digest.
   */
  async stream(
    repository: string,
    open: () => Readable,
    blob: { digest: string; mediaType: string },
    signal?: AbortSignal,
  ): Promise<Descriptor> {
    const { digest, mediaType } = blob;
    const hash = createHash('sha256');
    let size = 0;
    const counted = new Transform({
      transform(chunk: Buffer, _, done) {
        hash.update(chunk);
        size += chunk.length;
        done(null, chunk);
      },
    });
    const upload = await this.#beginUpload(repository, signal);
    const stream = open();
    const sending = this.#connection.send({
      method: 'PATCH',
      path: upload,
      repository,
      access: 'pull,push',
      headers: { 'content-type': 'application/octet-stream' },
      body: counted,
      signal,
    });
    const [read, sent] = await Promise.allSettled([
      pipeline(stream, counted, { signal }),
      sending.finally(() => counted.destroy()), // a registry that refuses does not read on
    ]);
    // A stream that breaks ends the request: the first sign is the stream's own.
    const isOver = 'ERR_STREAM_PREMATURE_CLOSE';
    if (read.status === 'rejected' && codeOf(read.reason) !== isOver)
      throw read.reason;
    if (sent.status === 'rejected') throw sent.reason;
    await sent.value.body.dump();
    const found = `sha256:${hash.digest('hex')}`;
    if (found !== digest) throw changed(digest, found);
    const next = locationOf(sent.value);
    await this.#endUpload(repository, next, digest, undefined, signal);
    return { mediaType, digest, size };
  }

  async #beginUpload(
    repository: string,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const answer = await this.#connection.send({
      method: 'POST',
      path: `/v2/${repository}/blobs/uploads/`,
      repository,
      access: 'pull,push',
      headers: { 'content-length': '0' },
      signal,
    });
    await answer.body.dump();
    return locationOf(answer);
  }

  async #endUpload(
    repository: string,
    upload: string,
    digest: string,
    body: Buffer | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const url = new URL(upload, this.#connection.origin);
    url.searchParams.set('digest', digest);
    const answer = await this.#connection.send({
      method: 'PUT',
      path: url.href,
      repository,
      access: 'pull,push',
      headers: body
        ? { 'content-type': 'application/octet-stream' }
        : { 'content-length': '0' },
      body,
      signal,
    });
    await answer.body.dump();
  }
}

/** Where an upload goes on. */
function locationOf(answer: RegistryAnswer): string {
  const location = answer.header('location');
  if (location) return new URL(location, answer.url).href;
  const text = `${answer.url.pathname}: ${answer.status} without a Location`;
  throw failure('The registry does not say where the upload goes on', [
    evidenceOf('error', 'registry', text, {
      facts: { registry: answer.url.host },
    }),
  ]);
}

/** What is sent is not what it is said to be. */
function changed(digest: string, found: string) {
  const text = `what is stored as ${digest} has become ${found}`;
  return failure(text, [evidenceOf('error', 'portal', text)]);
}
