import type { Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import {
  access,
  constants,
  link,
  mkdir,
  readFile,
  rm,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { LeaseRow } from '../store/rows';
import type { Finding } from './Checks';

const MARK_FILE = 'storage.id';
const MARK_NAME = 'storage-directory';
const MEBIBYTE = 1024 * 1024;
const LITTLE_SPACE = 1024 * MEBIBYTE;

/**
 * Marks the directory where it has no mark, and keeps the first mark that was seen in the
 * database: so that a replica can tell whether its directory is the one of the others.
 */
export async function registerStorage(
  knex: Knex,
  directory: string,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, MARK_FILE);
  if (!(await readMark(file))) {
    const draft = `${file}.${randomUUID()}`;
    await writeFile(draft, `${randomUUID()}\n`);
    // Of two replicas only one makes the link.
    await link(draft, file).catch(error => {
      if (error.code !== 'EEXIST') throw error;
    });
    await rm(draft);
  }
  await knex('leases')
    .insert({
      name: MARK_NAME,
      holder: await readMark(file),
      epoch: 0,
      lease_until: 0,
    })
    .onConflict('name')
    .ignore();
}

/** Whether the directory can be written, has space, and is the one that all replicas of this database use. */
export async function storageFinding(
  knex: Knex,
  directory: string,
): Promise<Finding> {
  try {
    await access(directory, constants.W_OK);
  } catch (error) {
    return {
      state: 'failed',
      message: `${directory} cannot be written: ${(error as Error).message}`,
      fix: 'Make the directory (workspaces.storage.directory) writable for the portal',
      fixedBy: 'operator',
    };
  }
  const mark = await readMark(join(directory, MARK_FILE));
  const known = await knex<LeaseRow>('leases')
    .where({ name: MARK_NAME })
    .first();
  if (!known || mark !== known.holder)
    return foreignDirectory(directory, mark, known?.holder);
  const { bavail, bsize } = await statfs(directory);
  const space = `${Math.floor(
    (bavail * bsize) / MEBIBYTE,
  )} MiB are free in ${directory}`;
  if (bavail * bsize < LITTLE_SPACE) {
    return {
      state: 'warning',
      message: space,
      fix: 'Free space there: bundles and uploads need it',
      fixedBy: 'operator',
    };
  }
  return { state: 'passed', message: space };
}

function foreignDirectory(
  directory: string,
  mark: string | undefined,
  known: string | undefined,
): Finding {
  const file = join(directory, MARK_FILE);
  return {
    state: 'failed',
    message: `${directory} is not the directory in which this installation keeps its bundles: its mark is ${
      mark ?? 'missing'
    } and not ${known ?? 'known'}`,
    fix: `Mount one directory into all replicas as workspaces.storage.directory and restart them. If the one before is lost for good, write ${
      known ?? 'any id'
    } into ${file}`,
    fixedBy: 'operator',
  };
}

async function readMark(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(error => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text?.trim();
}
