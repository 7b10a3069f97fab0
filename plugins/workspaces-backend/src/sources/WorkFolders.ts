import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import type { LoggerService } from '@backstage/backend-plugin-api';

/** Longer than any work may take: what is older was left behind by a machine that is gone. */
const LONGEST_WORK_MILLISECONDS = 24 * 60 * 60 * 1000;

/**
 * Folders for work that is thrown away. Each process has one of its own, named after the
 * machine and itself, so that replicas that share the storage leave each other's alone.
 */
export class WorkFolders {
  readonly #directory: string;
  readonly #logger: LoggerService;
  readonly #machine = `${hostname().replace(/[^A-Za-z0-9.-]/g, '-')}_`;
  readonly #mine = `${this.#machine}${process.pid}_${randomUUID()}`;

  constructor(directory: string, logger: LoggerService) {
    this.#directory = directory;
    this.#logger = logger;
  }

  /** Gives `use` a fresh folder and removes it afterwards, whatever happens. */
  async with<T>(use: (folder: string) => Promise<T>): Promise<T> {
    const mine = path.join(this.#directory, this.#mine);
    await mkdir(mine, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(path.join(mine, 'work-'));
    try {
      return await use(folder);
    } finally {
      await this.#remove(folder);
    }
  }

  /** Removes what earlier lives of this machine left, and what nobody can be working in any more. */
  async removeLeftovers(): Promise<void> {
    for (const name of await namesIn(this.#directory)) {
      if (name !== this.#mine && (await this.#isLeftover(name))) {
        this.#logger.info(`Removing what an earlier process left in ${name}`);
        await this.#remove(path.join(this.#directory, name));
      }
    }
  }

  async #isLeftover(name: string): Promise<boolean> {
    if (name.startsWith(this.#machine)) {
      const [processId] = name.slice(this.#machine.length).split('_');
      // A process of the same id that is not this one was this machine's earlier life.
      return Number(processId) === process.pid || !isRunning(Number(processId));
    }
    const { mtimeMs } = await stat(path.join(this.#directory, name));
    return Date.now() - mtimeMs > LONGEST_WORK_MILLISECONDS;
  }

  /** What cannot be removed is logged: it must not hide how the work itself ended. */
  async #remove(folder: string): Promise<void> {
    try {
      await rm(folder, { recursive: true, force: true });
    } catch (error) {
      this.#logger.warn(
        `Could not remove ${folder}: ${(error as Error).message}`,
      );
    }
  }
}

/** What stands in a folder; nothing where the folder is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
