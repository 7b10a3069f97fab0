// `yarn install --immutable`, left out when nothing has changed since the last
// one that ended well.
import { createHash } from 'node:crypto';
import {
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { logFile, run } from '../command.mjs';
import { npm } from './npmPackage.mjs';
import { repository } from '../paths.mjs';

const stamp = join(repository, 'node_modules', '.slipway-install');

/** The folders that the `workspaces` of package.json name. */
export function workspaceFolders(root = repository) {
  const { workspaces } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  return workspaces
    .flatMap(pattern =>
      pattern.endsWith('/*')
        ? readdirSync(join(root, pattern.slice(0, -2)))
            .sort()
            .map(name => join(pattern.slice(0, -2), name))
        : [pattern],
    )
    .filter(folder => existsSync(join(root, folder, 'package.json')));
}

/** A digest over everything that decides what an install does. */
export function installDigest(root = repository) {
  const hash = createHash('sha256').update(process.arch);
  const files = [
    'yarn.lock',
    '.yarnrc.yml',
    'package.json',
    ...workspaceFolders(root).map(folder => join(folder, 'package.json')),
  ];
  for (const file of files) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** Yarn does not read npm's settings: a company's registry is handed over. */
export async function registrySettings() {
  const { stdout, code } = await npm(['config', 'get', 'registry'], {
    cwd: repository,
  });
  const registry = stdout.trim();
  return code === 0 && /^https?:/.test(registry)
    ? { YARN_NPM_REGISTRY_SERVER: registry.replace(/\/$/, '') }
    : {};
}

/** Installs the dependencies; returns quickly when they are in place. */
export async function install({ env, signal, update }) {
  const digest = installDigest();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) {
    update('Dependencies: unchanged');
    return;
  }
  rmSync(stamp, { force: true });
  await run('yarn', ['install', '--immutable'], {
    cwd: repository,
    env: { ...(await registrySettings()), ...env },
    log: logFile('install'),
    signal,
    fix: 'If yarn.lock does not fit the package.json files, run "yarn install" and commit yarn.lock. Otherwise see whether the npm registry can be reached, then run this again.',
  });
  writeFileSync(stamp, digest);
  update('Dependencies: installed');
}
