// Fetches a package of the npm registry by the npm that is there, which knows
// the user's registry, proxy and certificates, and checks it against a pinned
// digest. Nothing of the package is run.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { capture } from '../command.mjs';
import { cacheFolder } from '../paths.mjs';
import { Problem } from '../terminal.mjs';

/** The npm that runs this script, or the one on PATH. */
function npmCommand() {
  const script = process.env.npm_execpath;
  return script && basename(script) === 'npm-cli.js' && existsSync(script)
    ? [process.execPath, script]
    : ['npm'];
}

export async function npm(args, options) {
  const [command, ...first] = npmCommand();
  return capture(command, [...first, ...args], options);
}

/**
 * Returns the folder with the unpacked package `{ name, version, sha512 }`
 * (digest in base64); fetches it when it is not in the cache.
 */
export async function npmPackage({ name, version, sha512 }, update) {
  const folder = join(cacheFolder, `${name.replace(/^@.*\//, '')}-${version}`);
  if (existsSync(folder)) {
    return folder;
  }
  update?.(`${name} ${version}: downloading`);
  mkdirSync(dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}.`);
  try {
    const packed = await npm(
      [
        'pack',
        '--silent',
        '--pack-destination',
        temporary,
        `${name}@${version}`,
      ],
      { cwd: temporary },
    );
    const archive = readdirSync(temporary).find(file => file.endsWith('.tgz'));
    if (packed.code !== 0 || !archive) {
      throw new Problem(
        `${name}@${version} could not be fetched from the npm registry: ${
          packed.stderr.trim().split('\n').pop() || `exit code ${packed.code}`
        }`,
        { fix: `Try "npm view ${name}@${version}"; it must work here.` },
      );
    }
    const file = join(temporary, archive);
    const digest = createHash('sha512')
      .update(readFileSync(file))
      .digest('base64');
    if (digest !== sha512) {
      throw new Problem(
        `${name}@${version} of the npm registry is not the expected one: its sha512 is ${digest}, pinned is ${sha512}.`,
        { fix: 'Do not use it. Find out who changes packages on the way.' },
      );
    }
    const unpacked = join(temporary, 'package');
    mkdirSync(unpacked);
    const tar = await capture('tar', [
      ...['-xzf', file, '-C', unpacked],
      ...['--strip-components=1', '--no-same-owner'],
    ]);
    if (tar.code !== 0) {
      throw new Problem(`${name}@${version} cannot be unpacked: ${tar.stderr}`);
    }
    // Another clone may have been quicker; both hold the same bytes.
    if (!existsSync(folder)) {
      renameSync(unpacked, folder);
    }
    return folder;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
