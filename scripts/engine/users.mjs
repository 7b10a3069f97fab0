// Who uses the private engine: one file per process in a folder, named after
// the process. A file whose process is gone does not count, so a crash leaves
// nothing behind that must be repaired. `engine.mjs up` leaves the mark "kept":
// then only `engine.mjs down` (or clean) stops the engine.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineFolder } from '../paths.mjs';
import { identify, isAlive } from '../system/processes.mjs';

export const usersFolder = join(engineFolder, 'users');
const kept = 'kept';

function names() {
  try {
    return readdirSync(usersFolder);
  } catch {
    return [];
  }
}

function add(name) {
  mkdirSync(usersFolder, { recursive: true });
  writeFileSync(join(usersFolder, name), '');
}

function remove(name) {
  rmSync(join(usersFolder, name), { force: true });
}

/** This process uses the engine from now on. */
export function enter() {
  add(identify(process.pid));
}

/** This process uses it no more. */
export function leave() {
  remove(identify(process.pid));
}

/** The engine stays when its users are gone, until `unkeep`. */
export function keep() {
  add(kept);
}

export function unkeep() {
  remove(kept);
}

export function isKept() {
  return names().includes(kept);
}

/** The processes that use the engine; files of dead ones are removed. */
export function users() {
  const others = names().filter(name => name !== kept);
  others.filter(name => !isAlive(name)).forEach(remove);
  return others.filter(isAlive);
}
