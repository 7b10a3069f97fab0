// The Yarn that installs and builds, as package.json names it.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { npmPackage } from './npmPackage.mjs';

const yarnPackage = {
  name: '@yarnpkg/cli-dist',
  version: '4.13.0',
  sha512:
    'c0YdSja652OezJqFnz9+pZwKfKAiBu2aRPJiHPU73sirTGgvQRTyaS5Y6PQHAmmaoa3RjCY6f3L2q9g8S/urqw==',
};

/** Returns the folder of the `yarn` program. */
export async function findYarn(update) {
  const folder = await npmPackage(yarnPackage, update);
  // The file `yarn` is not executable in the package.
  chmodSync(join(folder, 'bin', 'yarn'), 0o755);
  update(`Yarn ${yarnPackage.version}`);
  return join(folder, 'bin');
}
