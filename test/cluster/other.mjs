// Another cluster than that of these scripts, as the environment describes it.
import { existsSync } from 'node:fs';
import { Problem } from '../../scripts/terminal.mjs';

/** What nodes pull that have a way to Docker Hub. */
const usualImages = {
  busybox: 'docker.io/library/busybox:1.35',
  buildkit: 'docker.io/moby/buildkit:rootless',
};
const imageNames = ['busybox', 'buildkit', 'buildah', 'kaniko'];
const ofRegistry = {
  address: 'SLIPWAY_TEST_REGISTRY',
  authority: 'SLIPWAY_TEST_REGISTRY_CA',
  user: 'SLIPWAY_TEST_REGISTRY_USER',
  password: 'SLIPWAY_TEST_REGISTRY_PASSWORD',
};

function requireFile(env, variable) {
  if (!existsSync(env[variable])) {
    throw new Problem(`${variable} names no file: ${env[variable]}.`);
  }
}

/** Its registry; `undefined` where none of its variables is set. */
function registryOf(env) {
  const variables = Object.values(ofRegistry);
  const missing = variables.filter(variable => !env[variable]);
  if (missing.length === variables.length) {
    return undefined;
  }
  if (missing.length > 0) {
    throw new Problem(`The registry lacks ${missing.join(', ')}.`, {
      fix: 'Suites need a registry with a login and an authority of its own. Set all of these variables, or none.',
    });
  }
  requireFile(env, ofRegistry.authority);
  return Object.fromEntries(
    Object.entries(ofRegistry).map(([key, variable]) => [key, env[variable]]),
  );
}

/** The images by their names, from `NAME=IMAGE,NAME=IMAGE`. */
function imagesOf(list = '') {
  const given = list
    .split(',')
    .filter(Boolean)
    .map(pair => {
      const [name, ...image] = pair.split('=');
      return [name.trim(), image.join('=').trim()];
    });
  const wrong = given.find(
    ([name, image]) => !imageNames.includes(name) || !image,
  );
  if (wrong) {
    throw new Problem(
      `SLIPWAY_TEST_IMAGES does not take "${wrong.join('=')}".`,
      {
        fix: `It is a list of NAME=IMAGE with commas, of the names ${imageNames.join(
          ', ',
        )}.`,
      },
    );
  }
  return { ...usualImages, ...Object.fromEntries(given) };
}

/**
 * How the cluster is reached that SLIPWAY_TEST_KUBECONFIG names, in the words
 * of `cluster:status`, as far as that is known: the files of its nodes are not
 * at hand, and there is a `registry` only where it is described. `undefined`
 * where no other cluster is named.
 */
export function otherCluster(env = process.env) {
  if (!env.SLIPWAY_TEST_KUBECONFIG) {
    return undefined;
  }
  requireFile(env, 'SLIPWAY_TEST_KUBECONFIG');
  return {
    kubeconfig: env.SLIPWAY_TEST_KUBECONFIG,
    kubectl: 'kubectl',
    images: imagesOf(env.SLIPWAY_TEST_IMAGES),
    registry: registryOf(env),
  };
}
