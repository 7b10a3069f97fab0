// Files that take long to make, kept under a key of all they are made from.
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { artefactFolder } from '../settings.mjs';

/** A short digest over parts: texts, or buffers. */
export function digestOf(...parts) {
  const hash = createHash('sha256').update(process.arch);
  for (const part of parts) {
    hash.update(`\0${part.length}\0`).update(part);
  }
  return hash.digest('hex').slice(0, 16);
}

function listFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? listFiles(path) : [path];
  });
}

/** The names and the contents of all files in a folder. */
export function folderDigest(folder) {
  return digestOf(
    ...listFiles(folder)
      .sort()
      .flatMap(path => [path.slice(folder.length), readFileSync(path)]),
  );
}

/** Where an artefact lies, or will lie: `{ name, key, extension }`. */
export function artefactFile({ name, key, extension }) {
  return join(artefactFolder, `${name}-${key}.${extension}`);
}

const keptFor = 14 * 24 * 60 * 60_000;

/** Of files with the time of their last use: those that nobody uses any more. */
export function unusedFiles(files, now = Date.now()) {
  return files
    .filter(({ lastUse }) => now - lastUse > keptFor)
    .map(({ name }) => name);
}

/** Clones of several versions use one cache: the newest is not the only one. */
function removeUnused() {
  const files = readdirSync(artefactFolder).map(name => {
    const status = statSync(join(artefactFolder, name), {
      throwIfNoEntry: false, // another process has finished it just now
    });
    return { name, lastUse: status?.mtimeMs ?? Date.now() };
  });
  for (const name of unusedFiles(files)) {
    rmSync(join(artefactFolder, name), { force: true });
  }
}

/** Notes that a file was used today; returns its path. */
export function useArtefact(artefact) {
  const file = artefactFile(artefact);
  utimesSync(file, new Date(), new Date());
  return file;
}

/** Makes an artefact: its `make` writes the file that it is given. */
export async function makeArtefact(artefact) {
  mkdirSync(artefactFolder, { recursive: true });
  const file = artefactFile(artefact);
  const unfinished = `${file}.${process.pid}`;
  try {
    await artefact.make(unfinished);
    renameSync(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
  removeUnused();
}
