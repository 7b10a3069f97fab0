// The code that is generated from the OpenAPI document, and how it is known to
// be complete and fresh: each generated folder holds a record of the document
// it was made from and of the files that were made.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './paths.mjs';

const record = 'generated.json';

export const apiDocument = join(
  'plugins',
  'workspaces-backend',
  'src',
  'schema',
  'openapi.yaml',
);

/** The generated folders, each with the file that must not be missing. */
export const generatedFolders = [
  { package: 'workspaces-backend', essential: 'router.ts' },
  { package: 'workspaces-common', essential: join('apis', 'Api.client.ts') },
].map(({ package: name, essential }) => ({
  path: join('plugins', name, 'src', 'schema', 'openapi', 'generated'),
  essential,
}));

function listFiles(folder, below = '') {
  return readdirSync(join(folder, below), { withFileTypes: true })
    .flatMap(entry => {
      const path = join(below, entry.name);
      return entry.isDirectory() ? listFiles(folder, path) : [path];
    })
    .sort();
}

function digestOfFiles(folder) {
  const hash = createHash('sha256');
  listFiles(folder)
    .filter(file => file !== record)
    .forEach(file =>
      hash.update(`\0${file}\0`).update(readFileSync(join(folder, file))),
    );
  return hash.digest('hex');
}

function digestOfDocument(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, apiDocument)))
    .digest('hex');
}

/** What is wrong with the generated code: sentences; none if all is well. */
export function findFaults(root = repository) {
  const document = digestOfDocument(root);
  return generatedFolders.flatMap(({ path, essential }) => {
    const folder = join(root, path);
    if (!existsSync(join(folder, essential))) {
      return [`${path} lacks ${essential}.`];
    }
    if (!existsSync(join(folder, record))) {
      return [`${path} lacks ${record}.`];
    }
    const made = JSON.parse(readFileSync(join(folder, record), 'utf8'));
    if (made.document !== document) {
      return [`${path} is older than ${apiDocument}.`];
    }
    return made.files === digestOfFiles(folder)
      ? []
      : [`${path} was changed by hand or is incomplete.`];
  });
}

/** Records that the generated folders belong to the document as it is. */
export function writeRecords(root = repository) {
  const document = digestOfDocument(root);
  for (const { path } of generatedFolders) {
    const folder = join(root, path);
    const files = digestOfFiles(folder);
    writeFileSync(
      join(folder, record),
      `${JSON.stringify({ document, files }, undefined, 2)}\n`,
    );
  }
}
