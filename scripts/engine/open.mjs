// The engine for a script: the one that is there, or a private one that stops
// when the last script that uses it ends.
import { step } from '../terminal.mjs';
import { putToSleep, wakeUp } from './containers.mjs';
import { findEngine } from './find.mjs';
import {
  preparePrivateEngine,
  privateHost,
  requireStopRights,
  runningPrivateEngine,
  startPrivateEngine,
  stopPrivateEngine,
} from './private.mjs';
import { enter, isKept, leave, users } from './users.mjs';

async function findOrStart(update) {
  const found = await findEngine(privateHost);
  if (found.engine) {
    return { ...found, isPrivate: false };
  }
  // Before the look: whoever leaves now does not stop it under our hands.
  enter();
  const running = await runningPrivateEngine();
  if (running) {
    return { ...found, engine: running, isPrivate: true };
  }
  await preparePrivateEngine(update);
  // The package may just have started the system's own engine.
  const installed = await findEngine(privateHost);
  return installed.engine
    ? { ...installed, isPrivate: false }
    : { ...found, engine: await startPrivateEngine(update), isPrivate: true };
}

/**
 * Opens the engine and returns `docker` (its client) and `isPrivate`. With
 * `onExit` it is closed at the end of the script. With `wake` the containers
 * that were put to sleep when a private engine was stopped run again.
 */
export async function openEngine({ onExit, wake = false } = {}) {
  onExit?.(closeEngine);
  return step('Container engine', async update => {
    const { engine, notes, isPrivate } = await findOrStart(update);
    const { docker, version } = engine;
    notes.forEach(update.note);
    const where = isPrivate
      ? `private Docker ${version}`
      : `Docker ${version} at ${docker.host}`;
    update(`Container engine: ${where}`);
    if (isPrivate && wake) {
      const woken = await wakeUp(docker, update.note);
      if (woken > 0) {
        update.note(`containers of the last time that run again: ${woken}`);
      }
    }
    return { docker, isPrivate };
  });
}

/** Stops the private engine, its containers first. */
export async function stopEngine() {
  const running = await runningPrivateEngine();
  if (!running) {
    await stopPrivateEngine(); // its network may be left from a crash
    return;
  }
  await requireStopRights();
  await step('Containers stopped', async update => {
    const count = await putToSleep(running.docker);
    update(`Containers stopped: ${count || 'none ran'}`);
  });
  await step('Private engine stopped', stopPrivateEngine);
}

/** This script is done with the engine; the last one stops a private engine. */
export async function closeEngine() {
  leave();
  if (isKept() || users().length > 0) {
    return;
  }
  if (await runningPrivateEngine()) {
    await stopEngine();
  }
}
