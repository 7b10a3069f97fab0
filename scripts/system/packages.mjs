// Packages of the system, installed by apt only where they are missing. This
// is the one thing that the scripts change outside of the user's folders.
import { capture, logFile, run } from '../command.mjs';
import { Problem } from '../terminal.mjs';
import { asRoot, rootPrefix } from './privileges.mjs';

/** The packages of the list that dpkg does not have installed. */
async function missingPackages(packages) {
  const { stdout } = await capture('dpkg-query', [
    '-W',
    '-f',
    '${db:Status-Status} ${Package}\n',
    ...packages,
  ]);
  const installed = new Set(
    stdout
      .split('\n')
      .filter(line => line.startsWith('installed '))
      .map(line => line.split(' ')[1]),
  );
  return packages.filter(name => !installed.has(name));
}

async function apt(args, log, append) {
  const [command, ...rest] = await asRoot(
    'apt-get',
    ['-y', '-q', '-o', 'DPkg::Lock::Timeout=120', ...args],
    { DEBIAN_FRONTEND: 'noninteractive' },
  );
  const name = ['apt-get', ...args].join(' ');
  await run(command, rest, { name, log, append });
}

/**
 * Makes sure that Debian packages are installed. `reason` completes the
 * sentence "... is needed to <reason>".
 */
export async function requirePackages(packages, reason, update) {
  if ((await capture('apt-get', ['--version'])).code !== 0) {
    throw new Problem(
      `${packages.join(', ')} ${
        packages.length > 1 ? 'are' : 'is'
      } needed to ${reason}, and this system has no apt to install it with.`,
      {
        fix: `Install Docker and start it, or install the equivalents of ${packages.join(
          ' ',
        )} with the package manager of this system.`,
      },
    );
  }
  const missing = await missingPackages(packages);
  if (missing.length === 0) {
    return;
  }
  const install = ['install', '--no-install-recommends', ...missing];
  const command = `sudo apt-get update && sudo apt-get ${install.join(' ')}`;
  if ((await rootPrefix()) === undefined) {
    throw new Problem(
      `${missing.join(', ')} ${
        missing.length > 1 ? 'are' : 'is'
      } needed to ${reason}. This user may not install packages (no root, no sudo without a password).`,
      { fix: `Run "${command}", then this again.` },
    );
  }
  update?.(`Installing ${missing.join(', ')}`);
  const log = logFile('apt');
  const known = await capture('apt-cache', ['show', ...missing]);
  if (known.code !== 0) {
    await apt(['update'], log);
  }
  try {
    await apt(install, log, true);
  } catch (error) {
    if (known.code !== 0) {
      throw error;
    }
    // Package lists that are too old name files that are gone.
    await apt(['update'], log, true);
    await apt(install, log, true);
  }
}
