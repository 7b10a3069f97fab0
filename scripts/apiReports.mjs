// The API reports: what the packages export and keep in the database.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './paths.mjs';
import { workspaceFolders } from './toolchain/install.mjs';

/** The reports as they are, by their paths. */
export function readApiReports(root = repository) {
  const paths = workspaceFolders(root).flatMap(folder =>
    readdirSync(join(root, folder))
      .filter(name => /^report.*\.md$/.test(name))
      .map(name => join(folder, name)),
  );
  return new Map(
    paths.map(path => [path, readFileSync(join(root, path), 'utf8')]),
  );
}

/**
 * Paths of the reports that say something else. The order of lines says nothing:
 * TypeScript lists the members of some types as it happened to meet them.
 */
export function changedApiReports(before, after) {
  const lines = text => (text ?? '').split('\n').sort().join('\n');
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    path => lines(before.get(path)) !== lines(after.get(path)),
  );
}

/** Writes reports as they were. */
export function restoreApiReports(reports, root = repository) {
  reports.forEach((text, path) => writeFileSync(join(root, path), text));
}
