// Removes the private engine with all it holds.
import { existsSync, readFileSync } from 'node:fs';
import { engineFolder } from '../paths.mjs';
import { captureAsRoot } from '../system/privileges.mjs';
import { processArguments, processIds } from '../system/processes.mjs';
import { Problem } from '../terminal.mjs';
import {
  daemonPid,
  runningPrivateEngine,
  startPrivateEngine,
  stopPrivateEngine,
} from './private.mjs';

/** The mounts below a folder, deepest first, from /proc/self/mountinfo. */
export function mountsBelow(folder, table) {
  return table
    .split('\n')
    .map(line => line.split(' ')[4])
    .filter(path => path?.startsWith(`${folder}/`))
    .sort((one, other) => other.length - one.length);
}

/** Whether containers run on although their daemon has died. */
function hasOrphans() {
  return processIds().some(pid =>
    processArguments(pid).some(text => text.includes(`${engineFolder}/exec/`)),
  );
}

/** Removes all containers and networks, so that nothing of them is left. */
async function empty(docker) {
  const containers = await docker.call('GET', '/containers/json');
  for (const { Id } of containers) {
    await docker.call('DELETE', `/containers/${Id}`, {
      query: { force: true },
    });
  }
  const networks = await docker.call('GET', '/networks');
  for (const { Id, Name } of networks) {
    if (!['bridge', 'host', 'none'].includes(Name)) {
      await docker.call('DELETE', `/networks/${Id}`);
    }
  }
}

/**
 * Removes the private engine with all it holds. Returns whether there was one.
 */
export async function removePrivateEngine(update) {
  if (!existsSync(engineFolder)) {
    return false;
  }
  let running = await runningPrivateEngine();
  if (running && daemonPid() === undefined) {
    await stopPrivateEngine(); // says why that cannot be done from here
  }
  if (!running && hasOrphans()) {
    running = await startPrivateEngine(update); // only it can end them
  }
  if (running) {
    await empty(running.docker);
  }
  await stopPrivateEngine();
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  for (const path of mountsBelow(engineFolder, mounts)) {
    await captureAsRoot('umount', [path]);
  }
  const { code, stderr } = await captureAsRoot('rm', ['-rf', engineFolder]);
  if (code !== 0) {
    throw new Problem(`${engineFolder} cannot be removed: ${stderr.trim()}`, {
      fix: `Run "sudo rm -rf ${engineFolder}".`,
    });
  }
  return true;
}
