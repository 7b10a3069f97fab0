// npm run clean [-- --cache]
// Removes everything that npm start, npm test and npm run dev have made. With
// --cache also what was downloaded, so that the next start is like the first.
import { existsSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { findEngine } from './engine/find.mjs';
import { privateHost } from './engine/private.mjs';
import { removePrivateEngine } from './engine/removePrivate.mjs';
import { describeCounts, removeOurs } from './engine/remove.mjs';
import { users } from './engine/users.mjs';
import { main, readOptions } from './lifecycle.mjs';
import {
  cacheFolder,
  homeFolder,
  logFolder,
  portalDataFolder,
  portalFolder,
  repository,
} from './paths.mjs';
import { endOrphan, runningPortal } from './portal/portal.mjs';
import { Problem, say, step } from './terminal.mjs';
import { clusterFolder } from '../test/cluster/settings.mjs';
import { stopCluster } from '../test/cluster/stop.mjs';
import { workspaceFolders } from './toolchain/install.mjs';

async function refuseWhileInUse() {
  await endOrphan();
  const portal = runningPortal();
  const processes = users().map(name => name.split('-')[0]);
  if (portal || processes.length > 0) {
    const ids = [...new Set([portal?.starter, ...processes].filter(Boolean))];
    throw new Problem(`Slipway runs (process ${ids.join(', ')}).`, {
      fix: 'Stop it with Ctrl-C, then run this again.',
    });
  }
}

/** What Slipway has made on an engine that is not its own. */
async function cleanSharedEngine() {
  await step('Engine', async update => {
    let engine;
    try {
      ({ engine } = await findEngine(privateHost));
    } catch (error) {
      update('Engine: nothing removed');
      update.note(error.message);
      return;
    }
    if (!engine) {
      update('Engine: none but the private one');
      return;
    }
    const counts = await removeOurs(engine.docker, update.note);
    update(`Engine at ${engine.docker.host}: ${describeCounts(counts)}`);
  });
}

async function cleanPrivateEngine() {
  await step('Private engine', async update => {
    const was = await removePrivateEngine(update);
    update(was ? 'Private engine with all it held' : 'Private engine: none');
  });
}

async function cleanTestCluster() {
  await step('Test cluster', async update => {
    const ran = existsSync(clusterFolder) && (await stopCluster());
    update(ran ? 'Test cluster' : 'Test cluster: none');
  });
}

/** Removes files and folders that exist, and says which. */
async function removeFolders(title, paths) {
  await step(title, async update => {
    const there = paths.filter(existsSync);
    there.forEach(path => rmSync(path, { recursive: true, force: true }));
    update(there.length > 0 ? title : `${title}: none`);
    there.forEach(path => update.note(path));
  });
}

function buildOutputs() {
  return [
    portalFolder,
    `${portalFolder}.new`,
    join(repository, 'dist-types'),
    join(repository, 'coverage'),
    join(repository, 'test', 'results'),
    join(repository, 'node_modules', '.cache'),
    ...workspaceFolders().flatMap(folder =>
      ['dist', 'dist-types', 'coverage'].map(name =>
        join(repository, folder, name),
      ),
    ),
  ];
}

function removeIfEmpty(folder) {
  if (existsSync(folder) && readdirSync(folder).length === 0) {
    rmdirSync(folder);
  }
}

main(async () => {
  const options = readOptions(['--cache']);
  await refuseWhileInUse();
  say('Removed:');
  await cleanSharedEngine();
  await cleanPrivateEngine();
  await cleanTestCluster();
  await removeFolders('Data and logs', [
    portalDataFolder,
    logFolder,
    join(homeFolder, 'portal.json'),
  ]);
  removeIfEmpty(homeFolder);
  await removeFolders('Built files', buildOutputs());
  if (options.has('--cache')) {
    await removeFolders('Downloads', [
      cacheFolder,
      join(repository, 'node_modules'),
    ]);
  } else {
    say('\nDownloads are kept; "npm run clean -- --cache" removes them too.');
  }
});
