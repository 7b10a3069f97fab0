// The base images as one file, for what has no container engine to take them
// from: an archive as `docker save` writes it.
import { createWriteStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { step } from '../terminal.mjs';
import { baseImages, prepareBaseImages } from './images.mjs';
import { keptArchive } from './makeImages.mjs';
import { closeEngine, openEngine } from './open.mjs';

async function save(docker, archive, signal) {
  const names = { names: baseImages };
  const response = await docker.open('GET', '/images/get', {
    query: names,
    signal,
  });
  await pipeline(response, createWriteStream(archive), { signal });
}

/**
 * Returns the path of the archive: of the one that was kept when the images
 * were made here, else of one that goes with the script. An engine is opened
 * for the second only, and closed before this ends.
 */
export async function archiveBaseImages({ signal, onExit }) {
  const kept = keptArchive();
  if (existsSync(kept)) {
    return kept;
  }
  const { docker } = await openEngine({ onExit });
  try {
    await prepareBaseImages(docker, { signal });
    if (existsSync(kept)) {
      return kept;
    }
    const folder = mkdtempSync(join(tmpdir(), 'slipway-base-images-'));
    onExit(() => rmSync(folder, { recursive: true, force: true }));
    const archive = join(folder, 'base-images.tar');
    await step('Archive of the base images', () =>
      save(docker, archive, signal),
    );
    return archive;
  } finally {
    await closeEngine();
  }
}
