// A digest over the files that go into a build, to tell whether one is needed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './paths.mjs';
import { workspaceFolders } from './toolchain/install.mjs';

const ignoredFolders = new Set([
  'node_modules',
  'dist',
  'dist-types',
  'coverage',
  '__fixtures__',
  '__testUtils__',
]);
const ignoredFiles = /\.test\.[jt]sx?$|\.md$|^\.eslintrc/;

function listFiles(root, path) {
  if (!statSync(join(root, path)).isDirectory()) {
    return [path];
  }
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter(entry =>
      entry.isDirectory()
        ? !ignoredFolders.has(entry.name)
        : entry.isFile() && !ignoredFiles.test(entry.name),
    )
    .flatMap(entry => listFiles(root, join(path, entry.name)));
}

/** The digest of everything that the portal's bundle is built from. */
export function portalDigest(root = repository) {
  const tops = [
    'package.json',
    'yarn.lock',
    'tsconfig.json',
    'backstage.json',
    'app-config.yaml',
    ...workspaceFolders(root).filter(folder => folder !== 'test'),
  ];
  const hash = createHash('sha256');
  for (const top of tops.filter(path => existsSync(join(root, path)))) {
    for (const file of listFiles(root, top).sort()) {
      hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
    }
  }
  return hash.digest('hex');
}
