import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { runCommand } from './command';

const repository = resolve(__dirname, '../..');

/**
 * Builds and packs the plugins as a release does, and answers the folder with their
 * archives. It works on a copy, because packing rewrites each package.json for a while.
 */
export async function packPlugins(folder: string): Promise<string> {
  const copy = join(folder, 'repository');
  const archives = join(folder, 'archives');
  mkdirSync(archives);
  copySources(copy);
  await runCommand('yarn', ['tsc'], copy);
  await runCommand('yarn', ['backstage-cli', 'repo', 'build'], copy);
  await runCommand(
    'yarn',
    [
      'workspaces',
      'foreach',
      '--all',
      '--no-private',
      '--parallel',
      'pack',
      '--out',
      join(archives, '%s.tgz'),
    ],
    copy,
  );
  return archives;
}

function copySources(copy: string): void {
  const { workspaces } = JSON.parse(
    readFileSync(join(repository, 'package.json'), 'utf8'),
  ) as { workspaces: string[] };
  const left = new Set(['node_modules', 'dist', 'fixtures', 'results']);
  for (const name of [
    'package.json',
    'yarn.lock',
    '.yarnrc.yml',
    'tsconfig.json',
    'backstage.json',
    '.yarn',
    'dist-types',
    ...workspaces.map(path => path.replace('/*', '')),
  ]) {
    const from = join(repository, name);
    if (existsSync(from))
      cpSync(from, join(copy, name), {
        recursive: true,
        filter: path => !left.has(path.slice(path.lastIndexOf('/') + 1)),
      });
  }
  link('node_modules', copy);
  for (const plugin of readdirSync(join(repository, 'plugins')))
    link(join('plugins', plugin, 'node_modules'), copy);
}

function link(folder: string, copy: string): void {
  if (existsSync(join(repository, folder)))
    symlinkSync(join(repository, folder), join(copy, folder));
}
