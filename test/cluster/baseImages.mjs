// The images that Dockerfiles and dependencies start from, in the registry of
// the cluster, whose nodes reach no other.
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { capture, logFile, run } from '../../scripts/command.mjs';
import { baseImages } from '../../scripts/engine/images.mjs';
import { requirePackages } from '../../scripts/system/packages.mjs';
import { step } from '../../scripts/terminal.mjs';
import { runFolder } from './settings.mjs';

async function requireSkopeo(update) {
  if ((await capture('skopeo', ['--version'])).code !== 0) {
    await requirePackages(['skopeo'], 'fill the registry', update);
  }
}

function writeLogin({ address, user, password }) {
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  const file = join(runFolder, 'etc', 'login.json');
  writeFileSync(file, JSON.stringify({ auths: { [address]: { auth } } }), {
    mode: 0o600,
  });
  return file;
}

/**
 * Brings the base images of an archive to the registry, unless they are there.
 * Returns how the cluster is reached, with `baseImages`: where each of them is
 * by the name that people write, as `workspaces.images` takes it.
 */
export async function pushBaseImages(cluster, archive, { signal }) {
  const from = basename(archive);
  return step('Base images in the registry', async update => {
    if (cluster.baseImagesFrom === from) {
      return cluster;
    }
    await requireSkopeo(update);
    const { address } = cluster.registry;
    const login = writeLogin(cluster.registry);
    const places = {};
    for (const image of baseImages) {
      places[image] = `${address}/base/${image}`;
      update(`Base images in the registry: ${image}`);
      const args = [
        ...['copy', `--authfile=${login}`],
        `--dest-cert-dir=${join(cluster.trust, address)}`,
        `docker-archive:${archive}:docker.io/library/${image}`,
        `docker://${places[image]}`,
      ];
      await run('skopeo', args, { log: logFile('cluster-images'), signal });
    }
    update('Base images in the registry');
    return { ...cluster, baseImagesFrom: from, baseImages: places };
  });
}
