import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Knex } from 'knex';
import type { BundleRow } from '../store/rows';
import type { PackedBundle } from './bundle';
import { sourceError } from './refusal';
import { namesIn } from './WorkFolders';

const DIGEST = /^[0-9a-f]{64}$/;

/** Keeps bundles on disk under their digest, and in the database who uses them. */
export class BundleStore {
  readonly #knex: Knex;
  readonly #directory: string;

  constructor(knex: Knex, directory: string) {
    this.#knex = knex;
    this.#directory = directory;
  }

  /**
   * Takes over a finished file, which must lie on the same file system. The row comes
   * first: a file that somebody uses is never without one.
   */
  async keep(
    file: string,
    bundle: PackedBundle,
    workspaceId: string,
  ): Promise<void> {
    const row: BundleRow = {
      digest: bundle.digest,
      workspace_id: workspaceId,
      size_bytes: bundle.sizeBytes,
      created_at: Date.now(),
    };
    await this.#knex<BundleRow>('bundles')
      .insert(row)
      .onConflict(['digest', 'workspace_id'])
      .ignore();
    const target = this.#fileOf(bundle.digest);
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    await rename(file, target);
  }

  /** A fresh stream; it fails with an EngineError where the file is gone. */
  open(digest: string): Readable {
    const content = this.#read(digest, this.#fileOf(digest));
    return Readable.from(content, { objectMode: false });
  }

  /** Removes the files that no workspace uses. */
  async removeUnused(): Promise<void> {
    for (const shelf of await namesIn(this.#directory)) {
      const names = await namesIn(path.join(this.#directory, shelf));
      for (const digest of new Set(names.map(name => name.split('.')[0]))) {
        await this.#removeIfUnused(digest);
      }
    }
  }

  /** It is set aside first and asked for again, because a fetch may take it into use meanwhile. */
  async #removeIfUnused(digest: string): Promise<void> {
    const file = this.#fileOf(digest);
    const aside = `${file}.unused`;
    if (!(await this.#isUsed(digest))) await renameIfThere(file, aside);
    if ((await this.#isUsed(digest)) && !(await exists(file)))
      await renameIfThere(aside, file);
    await rm(aside, { force: true });
  }

  async #isUsed(digest: string): Promise<boolean> {
    return (
      (await this.#knex<BundleRow>('bundles')
        .where({ digest })
        .first('digest')) !== undefined
    );
  }

  async *#read(digest: string, file: string): AsyncGenerator<Buffer> {
    try {
      yield* createReadStream(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      const text = `bundle ${digest} is not in the storage any more; retry from "fetch" to bring the source again`;
      throw sourceError(text, {
        source: 'storage of bundles',
        text,
        facts: { bundle: digest },
        cause: error,
      });
    }
  }

  #fileOf(digest: string): string {
    if (!DIGEST.test(digest))
      throw new Error(`"${digest}" is not the sha256 of a bundle`);
    return path.join(this.#directory, digest.slice(0, 2), `${digest}.tar`);
  }
}

async function exists(file: string): Promise<boolean> {
  return ifThere(() => stat(file));
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  return ifThere(() => rename(from, to));
}

/** Another replica may have been quicker. */
async function ifThere(use: () => Promise<unknown>): Promise<boolean> {
  try {
    await use();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
