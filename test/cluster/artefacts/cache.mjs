// Files that take long to make, kept under a key of all they are made from.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
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

/** The files of a listing that hold earlier versions of an artefact. */
export function earlierFiles(listing, { name, key, extension }) {
  const pattern = new RegExp(`^${name}-[0-9a-f]{16}\\.${extension}$`);
  return listing.filter(
    file => pattern.test(file) && file !== `${name}-${key}.${extension}`,
  );
}

/**
 * Makes an artefact unless it is there: `make` writes the file that it is
 * given. Earlier versions go, since each is as large as the new one.
 */
export async function makeArtefact(artefact) {
  const file = artefactFile(artefact);
  if (existsSync(file)) {
    return file;
  }
  mkdirSync(artefactFolder, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  try {
    await artefact.make(unfinished);
    renameSync(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
  for (const old of earlierFiles(readdirSync(artefactFolder), artefact)) {
    rmSync(join(artefactFolder, old));
  }
  return file;
}
