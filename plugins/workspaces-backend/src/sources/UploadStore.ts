import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InputError, ServiceUnavailableError } from '@backstage/errors';
import type { Knex } from 'knex';
import type { AppRow, SourceRow } from '../store/rows';
import { sniffArchive } from './archives/archive';
import { Meter } from './meter';
import { formatBytes } from './refusal';
import { namesIn, type WorkFolders } from './WorkFolders';

/** How long an upload waits for an app that uses it. */
const WAIT_MILLISECONDS = 24 * 60 * 60 * 1000;

/** Longer than the moments between a file and its row. */
const SETTLED_MILLISECONDS = 60 * 60 * 1000;

/** Who uploads what. */
export interface UploadOptions {
  /** Entity ref; may use the upload, as may the uploader. */
  owner: string;
  uploader: string;
  filename?: string;
  /** As the request declares it. */
  contentLength?: number;
}

/** Keeps uploads on disk under a random id, and in the database whose they are. */
export class UploadStore {
  readonly #knex: Knex;
  readonly #directory: string;
  readonly #work: WorkFolders;
  readonly #longest: number;

  constructor(options: {
    knex: Knex;
    directory: string;
    work: WorkFolders;
    longest: number;
  }) {
    this.#knex = options.knex;
    this.#directory = options.directory;
    this.#work = options.work;
    this.#longest = options.longest;
  }

  /**
   * Streams an archive to disk. Throws an InputError where it is too large, cut short, or no
   * archive; nothing is left then.
   */
  async keep(body: Readable, options: UploadOptions): Promise<SourceRow> {
    if ((options.contentLength ?? 0) > this.#longest) throw this.#tooLarge();
    return this.#work.with(async folder => {
      const file = path.join(folder, 'upload');
      const meter = await this.#receive(body, file);
      if (
        options.contentLength !== undefined &&
        meter.bytes !== options.contentLength
      ) {
        throw new InputError(
          `The upload has ${meter.bytes} bytes, but its Content-Length says ${options.contentLength}`,
        );
      }
      if (meter.bytes === 0)
        throw new InputError(
          'The upload is empty; what is accepted is a zip or a tar.gz',
        );
      const format = await sniffArchive(file);
      if (!format)
        throw new InputError(
          'The upload is neither a zip nor a tar.gz, which is what is accepted',
        );
      const now = Date.now();
      const row: SourceRow = {
        id: randomUUID(),
        owner: options.owner,
        uploader: options.uploader,
        filename: options.filename ?? null,
        format,
        size_bytes: meter.bytes,
        sha256: meter.sha256(),
        created_at: now,
        expires_at: now + WAIT_MILLISECONDS,
      };
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await rename(file, this.fileOf(row.id));
      await this.#record(row);
      return row;
    });
  }

  async find(id: string): Promise<SourceRow | undefined> {
    return this.#knex<SourceRow>('sources').where({ id }).first();
  }

  fileOf(id: string): string {
    return path.join(this.#directory, path.basename(id));
  }

  /** Whether an app names the upload as its source: any app, or one of a workspace. */
  async isUsed(id: string, workspaceId?: string): Promise<boolean> {
    const app = await this.#knex<AppRow>('apps')
      .where('spec', 'like', `%${id}%`)
      .modify(
        query => workspaceId && query.where({ workspace_id: workspaceId }),
      )
      .first('name');
    return app !== undefined;
  }

  /** Removes uploads that have waited long enough and that no app names, and files without a row. */
  async removeUnused(): Promise<void> {
    const expired = await this.#knex<SourceRow>('sources').where(
      'expires_at',
      '<',
      Date.now(),
    );
    for (const { id } of expired) {
      if (!(await this.isUsed(id))) {
        await this.#knex<SourceRow>('sources').where({ id }).delete();
        await rm(this.fileOf(id), { force: true });
      }
    }
    for (const name of await namesIn(this.#directory))
      await this.#removeWithoutRow(name);
  }

  async #receive(body: Readable, file: string): Promise<Meter> {
    const meter = new Meter(bytes =>
      bytes > this.#longest ? this.#tooLarge() : undefined,
    );
    try {
      // The request is not destroyed with the pipeline, or its sender would see a broken connection and not why.
      const chunks = body.iterator({ destroyOnReturn: false });
      await pipeline(
        chunks,
        meter,
        createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }),
      );
      return meter;
    } catch (error) {
      body.resume();
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC')
        throw new ServiceUnavailableError(
          `The storage of the portal is full: ${message}`,
          error,
        );
      if (code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET') {
        throw new InputError('The upload ended before it was complete', error);
      }
      throw error;
    }
  }

  async #record(row: SourceRow): Promise<void> {
    try {
      await this.#knex<SourceRow>('sources').insert(row);
    } catch (error) {
      await rm(this.fileOf(row.id), { force: true });
      throw error;
    }
  }

  async #removeWithoutRow(name: string): Promise<void> {
    if (await this.find(name)) return;
    const { mtimeMs } = await stat(this.fileOf(name));
    if (Date.now() - mtimeMs > SETTLED_MILLISECONDS)
      await rm(this.fileOf(name), { force: true });
  }

  #tooLarge(): InputError {
    return new InputError(
      `The upload is larger than ${formatBytes(
        this.#longest,
      )}, the limit (workspaces.sources.limits.totalMiB)`,
    );
  }
}
