// The containers of the private engine sleep while it is stopped: what ran is
// written down, stopped, and exactly that is started again the next time.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineFolder } from '../paths.mjs';

const memory = join(engineFolder, 'sleeping-containers.json');
const stopSeconds = 10;

function nameOf(container) {
  return container.Names[0]?.replace(/^\//, '') ?? container.Id.slice(0, 12);
}

function remembered() {
  return existsSync(memory) ? JSON.parse(readFileSync(memory, 'utf8')) : [];
}

/** Stops what runs and remembers it. Returns the count. */
export async function putToSleep(docker) {
  const running = await docker.call('GET', '/containers/json');
  if (running.length === 0) {
    return 0;
  }
  running.sort((one, other) => one.Created - other.Created);
  writeFileSync(
    memory,
    JSON.stringify(
      running.map(container => ({ id: container.Id, name: nameOf(container) })),
    ),
  );
  // In parallel: each may take its whole grace time.
  await Promise.all(
    running.map(container =>
      docker.call('POST', `/containers/${container.Id}/stop`, {
        query: { t: stopSeconds },
      }),
    ),
  );
  return running.length;
}

/**
 * Starts what was put to sleep, oldest first, and returns the count. What does
 * not start is told to `note`.
 */
export async function wakeUp(docker, note) {
  let started = 0;
  for (const { id, name } of remembered()) {
    try {
      await docker.call('POST', `/containers/${id}/start`);
      started += 1;
    } catch (error) {
      // One that was removed meanwhile is no matter; the portal shows the rest.
      if (error.status !== 404) {
        note(`the container ${name} cannot be started: ${error.message}`);
      }
    }
  }
  rmSync(memory, { force: true });
  return started;
}
