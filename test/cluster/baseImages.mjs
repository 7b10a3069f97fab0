// The images that Dockerfiles and dependencies start from, in the registry of
// the cluster, whose nodes reach no other.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { capture, logFile, run } from '../../scripts/command.mjs';
import { baseImages } from '../../scripts/engine/images.mjs';
import { requirePackages } from '../../scripts/system/packages.mjs';
import { step } from '../../scripts/terminal.mjs';

async function requireSkopeo(update) {
  if ((await capture('skopeo', ['--version'])).code !== 0) {
    await requirePackages(['skopeo'], 'fill the registry', update);
  }
}

/** What skopeo needs to write to the registry, in a folder that goes afterwards. */
async function withLogin({ address, authority, user, password }, work) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-login-'));
  const file = join(folder, 'login.json');
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  try {
    writeFileSync(file, JSON.stringify({ auths: { [address]: { auth } } }));
    copyFileSync(authority, join(folder, 'ca.crt'));
    return await work([`--authfile=${file}`, `--dest-cert-dir=${folder}`]);
  } finally {
    rmSync(folder, { recursive: true });
  }
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
    const places = {};
    await withLogin(cluster.registry, async login => {
      for (const image of baseImages) {
        places[image] = `${address}/base/${image}`;
        update(`Base images in the registry: ${image}`);
        const args = [
          ...['copy', ...login],
          `docker-archive:${archive}:docker.io/library/${image}`,
          `docker://${places[image]}`,
        ];
        await run('skopeo', args, { log: logFile('cluster-images'), signal });
      }
    });
    update('Base images in the registry');
    return { ...cluster, baseImagesFrom: from, baseImages: places };
  });
}
