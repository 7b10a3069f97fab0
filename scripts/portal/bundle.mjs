// The portal as it is run: the backend's bundle, which serves the app as well,
// built when its sources have changed and unpacked into ./.portal.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { capture, logFile, run } from '../command.mjs';
import { portalFolder, repository } from '../paths.mjs';
import { portalDigest } from '../sources.mjs';
import { Problem, step } from '../terminal.mjs';
import { workspaceFolders } from '../toolchain/install.mjs';

const output = join(repository, 'packages', 'backend', 'dist');
const stampName = '.slipway-build';

function readStamp(folder) {
  const file = join(folder, stampName);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

async function build(digest, { env, signal, update }) {
  if (readStamp(output) === digest) {
    return;
  }
  update('Portal: building');
  await run('yarn', ['build:backend'], {
    cwd: repository,
    env,
    log: logFile('build'),
    signal,
    fix: 'Mend what the log shows; "yarn tsc" shows errors of types.',
  });
  writeFileSync(join(output, stampName), digest);
}

async function extract(archive, folder) {
  const { code, stderr } = await capture('tar', [
    '-xzf',
    archive,
    '-C',
    folder,
  ]);
  if (code !== 0) {
    throw new Problem(`${archive} cannot be unpacked: ${stderr.trim()}`, {
      fix: `Delete ${output} and run this again.`,
    });
  }
}

function link(target, path) {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(relative(dirname(path), target), path);
}

/**
 * Makes the packages of the bundle findable for each other; everything else is
 * found in the node_modules of the clone, which lies one folder up.
 */
function linkPackages(folder) {
  for (const workspace of workspaceFolders()) {
    const manifest = join(folder, workspace, 'package.json');
    if (existsSync(manifest)) {
      const { name } = JSON.parse(readFileSync(manifest, 'utf8'));
      link(join(folder, workspace), join(folder, 'node_modules', name));
      // Versions that Yarn could not share lie in the package's own folder.
      const own = join(repository, workspace, 'node_modules');
      if (existsSync(own)) {
        link(own, join(folder, workspace, 'node_modules'));
      }
    }
  }
}

async function unpack(digest) {
  const fresh = `${portalFolder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh);
  await extract(join(output, 'skeleton.tar.gz'), fresh);
  await extract(join(output, 'bundle.tar.gz'), fresh);
  linkPackages(fresh);
  writeFileSync(join(fresh, stampName), digest);
  rmSync(portalFolder, { recursive: true, force: true });
  renameSync(fresh, portalFolder);
}

/** Configuration and examples are read at every start, not built in. */
function copyConfiguration() {
  readdirSync(repository)
    .filter(name => /^app-config.*\.yaml$/.test(name))
    .forEach(name => cpSync(join(repository, name), join(portalFolder, name)));
  rmSync(join(portalFolder, 'examples'), { recursive: true, force: true });
  cpSync(join(repository, 'examples'), join(portalFolder, 'examples'), {
    recursive: true,
    filter: path => !path.endsWith('node_modules'),
  });
}

/** Makes sure that ./.portal holds the portal of the present sources. */
export async function preparePortal({ env, signal }) {
  await step('Portal', async update => {
    const digest = portalDigest();
    const unchanged = readStamp(portalFolder) === digest;
    if (!unchanged) {
      await build(digest, { env, signal, update });
      await unpack(digest);
    }
    copyConfiguration();
    update(unchanged ? 'Portal: unchanged' : 'Portal: built');
  });
}
