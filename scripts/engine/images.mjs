// The images that apps and dependencies start from, under their usual names:
// those of the engine, else those of a registry, else made here.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../paths.mjs';
import { step } from '../terminal.mjs';
import { EngineAnswer } from './docker.mjs';
import { imageLabel, recipeDigest, tags } from './imageRecipes.mjs';
import { makeImages } from './makeImages.mjs';

/** What the demo, the tests and the example templates name. */
export const baseImages = Object.values(tags).map(([name]) => name);

const decisionFile = join(cacheFolder, 'registry.json');
const decisionLifetime = 3_600_000;
/** A registry that says nothing for this long cannot be reached. */
const silenceLimit = 20_000;

/**
 * Whether an image is missing: not there, or made here by an older recipe.
 * Someone else's image of that name is left alone and used.
 */
async function isMissing(docker, reference, digest) {
  try {
    const { Config } = await docker.call('GET', `/images/${reference}/json`);
    const madeBy = Config.Labels?.[imageLabel];
    return madeBy !== undefined && madeBy !== digest;
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 404) {
      return true;
    }
    throw error;
  }
}

async function pull(docker, reference, { signal, update }) {
  const silence = new AbortController();
  const restart = () => setTimeout(() => silence.abort(), silenceLimit);
  let timer = restart();
  const stop = () => silence.abort();
  signal.addEventListener('abort', stop, { once: true });
  const [name, tag] = reference.split(':');
  try {
    await docker.follow('POST', '/images/create', {
      query: { fromImage: `docker.io/library/${name}`, tag },
      signal: silence.signal,
      onLine: ({ status, progress }) => {
        clearTimeout(timer);
        timer = restart();
        update(`Base images: ${reference} ${progress ? '' : status}`);
      },
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Whether the last hour showed that no registry can be reached. */
export function isKnownUnreachable(text, now) {
  try {
    const { unreachableSince } = JSON.parse(text);
    return now - unreachableSince < decisionLifetime;
  } catch {
    return false;
  }
}

function registryWasUnreachable() {
  return (
    existsSync(decisionFile) &&
    isKnownUnreachable(readFileSync(decisionFile, 'utf8'), Date.now())
  );
}

/** Pulls what a registry gives; returns what is still missing, and why. */
async function pullImages(docker, missing, options) {
  if (registryWasUnreachable()) {
    return { left: missing, reason: 'no registry (seen within the last hour)' };
  }
  for (const [index, reference] of missing.entries()) {
    try {
      await pull(docker, reference, options);
    } catch (error) {
      options.signal.throwIfAborted();
      if (index === 0) {
        mkdirSync(dirname(decisionFile), { recursive: true });
        writeFileSync(
          decisionFile,
          JSON.stringify({ unreachableSince: Date.now() }),
        );
      }
      return { left: missing.slice(index), reason: error.message };
    }
  }
  return { left: [] };
}

/** Makes sure that the engine has all base images. */
export async function prepareBaseImages(docker, { signal }) {
  await step('Base images', async update => {
    const digest = recipeDigest();
    const missing = [];
    for (const reference of baseImages) {
      if (await isMissing(docker, reference, digest)) {
        missing.push(reference);
      }
    }
    if (missing.length === 0) {
      update('Base images: in the engine');
      return;
    }
    const { left, reason } = await pullImages(docker, missing, {
      signal,
      update,
    });
    if (left.length === 0) {
      update(`Base images: pulled ${missing.join(', ')}`);
      return;
    }
    const how = await makeImages(docker, left, { signal, update });
    const names = left.length < baseImages.length ? ` ${left.join(', ')}` : '';
    update(`Base images: ${how}${names}`);
    if (how === 'made') {
      update.note(`made here because no registry gave them: ${reason}`);
    }
  });
}
