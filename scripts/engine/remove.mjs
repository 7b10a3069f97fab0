// Removes what Slipway has made from an engine that is not ours alone. What a
// user built on our base images inherits their label and is not touched.
import { instance } from '../paths.mjs';
import { EngineAnswer } from './docker.mjs';
import { imageLabel, madeTags } from './imageRecipes.mjs';

const instanceLabel = 'slipway.dev/instance';
const testLabel = 'slipway.dev/test';

/** The portal of a home folder that SLIPWAY_HOME has named. */
const otherHome = /^slipway-[0-9a-f]{8}$/;

/**
 * Whether labels say that this home folder's scripts made the thing. Those of
 * the usual home folder clean up after the tests and measurements too.
 */
export function isOurs(labels, own = instance) {
  const owner = labels?.[instanceLabel];
  return owner === undefined
    ? labels?.[testLabel] !== undefined
    : owner === own || (own === 'slipway' && !otherHome.test(owner));
}

/** Whether labels say that a test or a measurement made the thing. */
export function isOfTests(labels, own = instance) {
  const owner = labels?.[instanceLabel];
  return owner === undefined
    ? labels?.[testLabel] !== undefined
    : ![own, `${own}-dev`, 'slipway'].includes(owner) && !otherHome.test(owner);
}

/** Whether the thing belongs to the portal of another home folder. */
function isOfAnother(labels) {
  return labels?.[instanceLabel] !== undefined && !isOurs(labels);
}

/** Removes one thing; returns a sentence if it has to stay. */
async function remove(docker, path, query, name) {
  try {
    await docker.call('DELETE', path, { query });
    return undefined;
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 404) {
      return undefined;
    }
    return `${name} stays: ${error.message}`;
  }
}

/** Everything on the engine that could be ours. */
async function listAll(docker) {
  const [containers, networks, { Volumes: volumes }, images] =
    await Promise.all([
      docker.call('GET', '/containers/json', { query: { all: true } }),
      docker.call('GET', '/networks'),
      docker.call('GET', '/volumes'),
      docker.call('GET', '/images/json'),
    ]);
  return { containers, networks, volumes: volumes ?? [], images };
}

/** The requests that remove what is labelled so, in an order that works. */
function requestsFor({ containers, networks, volumes, images }, matches) {
  const matching = list => list.filter(({ Labels }) => matches(Labels));
  return {
    containers: matching(containers).map(({ Id, Names }) => ({
      name: Names[0],
      path: `/containers/${Id}`,
      query: { force: true, v: true },
    })),
    networks: matching(networks).map(({ Id, Name }) => ({
      name: Name,
      path: `/networks/${Id}`,
    })),
    volumes: matching(volumes).map(({ Name }) => ({
      name: Name,
      path: `/volumes/${encodeURIComponent(Name)}`,
    })),
    images: matching(images).map(({ Id, RepoTags }) => ({
      name: RepoTags?.[0] ?? Id,
      path: `/images/${Id}`,
      query: { force: true },
    })),
  };
}

/** The base images made here; none while another portal may need them. */
function baseImageRequests({ containers, volumes, images }) {
  const shared = [containers, volumes, images]
    .flat()
    .some(({ Labels }) => isOfAnother(Labels));
  return shared
    ? []
    : images
        .filter(({ Labels }) => Labels?.[imageLabel] && !isOurs(Labels))
        .flatMap(({ RepoTags }) => RepoTags ?? [])
        .filter(tag => madeTags.includes(tag))
        .map(tag => ({ name: tag, path: `/images/${tag}` }));
}

async function removeAll(docker, requests, note) {
  const counts = {};
  for (const [kind, things] of Object.entries(requests)) {
    counts[kind] = 0;
    for (const { name, path, query } of things) {
      const obstacle = await remove(docker, path, query, name);
      if (obstacle) {
        note(obstacle);
      } else {
        counts[kind] += 1;
      }
    }
  }
  return counts;
}

/**
 * Removes everything of ours. Returns how many of each kind, e.g.
 * `{ containers: 2 }`, and tells what has to stay to `note`.
 */
export async function removeOurs(docker, note) {
  const all = await listAll(docker);
  const requests = requestsFor(all, labels => isOurs(labels));
  requests.images.push(...baseImageRequests(all));
  return removeAll(docker, requests, note);
}

/** Removes what tests have left. Returns and tells the same as `removeOurs`. */
export async function removeRemainsOfTests(docker, note) {
  const requests = requestsFor(await listAll(docker), labels =>
    isOfTests(labels),
  );
  return removeAll(docker, requests, note);
}

/** How many things of which kinds, in words. */
export function describeCounts(counts) {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind}: ${count}`);
  return parts.join(', ') || 'nothing';
}
