// How a command is run as root: as it is, by sudo without a password, or not.
import { capture } from '../command.mjs';

let prefix;

/**
 * The words to put before a command that needs root: none for root itself,
 * `sudo -n` where that works without a password, undefined otherwise.
 */
export async function rootPrefix() {
  if (prefix === undefined) {
    if (process.getuid?.() === 0) {
      prefix = [];
    } else {
      const { code } = await capture('sudo', ['-n', 'true']);
      prefix = code === 0 ? ['sudo', '-n'] : null;
    }
  }
  return prefix ?? undefined;
}

/**
 * Runs a program as root and returns its exit code and output. `variables` are
 * set for it in spite of sudo's reset of the environment. The caller has made
 * sure that `rootPrefix()` is there.
 */
export async function captureAsRoot(command, args, variables = {}) {
  const [program, ...rest] = await asRoot(command, args, variables);
  return capture(program, rest);
}

/** The whole command line that runs a program as root. */
export async function asRoot(command, args, variables = {}) {
  const settings = {
    PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`,
    ...variables,
  };
  return [
    ...((await rootPrefix()) ?? []),
    'env',
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    command,
    ...args,
  ];
}
