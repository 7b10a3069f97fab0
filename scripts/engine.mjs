// node scripts/engine.mjs up|down|status
// The container engine by itself, for work on the plugins: "up" starts a
// private one where none is found, with the base images, and leaves it running.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from './command.mjs';
import { openEngine, stopEngine } from './engine/open.mjs';
import { findEngine } from './engine/find.mjs';
import { prepareBaseImages } from './engine/images.mjs';
import { privateHost, runningPrivateEngine } from './engine/private.mjs';
import { keep, leave, unkeep, users, usersFolder } from './engine/users.mjs';
import { main } from './lifecycle.mjs';
import { engineFolder, homeFolder, logFolder } from './paths.mjs';
import { Problem, say } from './terminal.mjs';

/**
 * Under sudo the folders are made for the caller, who goes on without it; only
 * the daemon's own data stay root's.
 */
async function giveToCaller() {
  const { SUDO_UID, SUDO_GID } = process.env;
  if (process.getuid?.() !== 0 || !SUDO_UID) {
    return;
  }
  const owner = `${SUDO_UID}:${SUDO_GID}`;
  const files = readdirSync(engineFolder)
    .filter(name => /\.(json|log)$/.test(name))
    .map(name => join(engineFolder, name));
  await capture('chown', [owner, homeFolder, engineFolder, ...files]);
  await capture('chown', ['-R', owner, logFolder, usersFolder]);
}

async function up({ signal }) {
  const { docker, isPrivate } = await openEngine({ wake: true });
  if (isPrivate) {
    keep();
    leave();
  }
  await prepareBaseImages(docker, { signal });
  if (isPrivate) {
    await giveToCaller();
  }
  say(`\nexport DOCKER_HOST=${docker.host}`);
}

async function down() {
  unkeep();
  const others = users();
  if (others.length > 0) {
    throw new Problem(
      `The private engine is in use by process ${others
        .map(name => name.split('-')[0])
        .join(', ')}; it stops with the last of them.`,
    );
  }
  await stopEngine();
}

async function status() {
  const { engine, notes } = await findEngine(privateHost);
  const running = engine ?? (await runningPrivateEngine());
  notes.forEach(note => say(note));
  say(
    running
      ? `Docker ${running.version} at ${running.docker.host}`
      : 'No engine runs. "node scripts/engine.mjs up" starts a private one.',
  );
  return running ? 0 : 1;
}

main(frame => {
  const commands = { up, down, status };
  const command = commands[process.argv[2]];
  if (!command) {
    throw new Problem('Usage: node scripts/engine.mjs up|down|status');
  }
  return command(frame);
});
