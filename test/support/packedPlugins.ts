import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runCommand } from './command';

const repository = resolve(__dirname, '../..');

/**
 * Builds the plugins and writes into a new folder what a release would publish of each. Answers
 * where each package lies there, by its name.
 */
export async function packPlugins(
  folder: string,
): Promise<Record<string, string>> {
  const plugins = readdirSync(join(repository, 'plugins'));
  const names = plugins.map(packageName);
  mkdirSync(folder);
  for (const args of [
    ['tsc'],
    ['backstage-cli', 'repo', 'build'],
    ['backstage-cli', 'build-workspace', folder, ...names],
  ])
    await runCommand('yarn', args, repository);
  return Object.fromEntries(
    names.map((name, i) => [name, join(folder, 'plugins', plugins[i])]),
  );
}

function packageName(plugin: string): string {
  const manifest = join(repository, 'plugins', plugin, 'package.json');
  return JSON.parse(readFileSync(manifest, 'utf8')).name;
}
