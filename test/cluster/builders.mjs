// The builders besides BuildKit, for a cluster that runs: buildah of Debian, and
// kaniko of its module, which is archived.
import { logFile } from '../../scripts/command.mjs';
import { requirePackages } from '../../scripts/system/packages.mjs';
import { step } from '../../scripts/terminal.mjs';
import { keepAccess } from './access.mjs';
import { builderImages, imageName } from './artefacts/images.mjs';
import { prepareBuilders } from './artefacts/prepare.mjs';
import { importImages } from './start.mjs';

/** Brings their images to the node, unless they are there; returns how the cluster is reached. */
export async function bringBuilders(cluster, { signal }) {
  const names = Object.keys(builderImages);
  if (names.every(name => cluster.images[name])) {
    return cluster;
  }
  await step('Packages of the builders', update =>
    requirePackages(['mmdebstrap'], 'make the image of buildah', update),
  );
  const archives = await prepareBuilders({ signal });
  const log = logFile('cluster-start');
  await step('Builders on the node', () =>
    importImages(archives, { log, signal, append: true }),
  );
  const added = names.map(name => [name, imageName(name)]);
  return keepAccess({
    ...cluster,
    images: { ...cluster.images, ...Object.fromEntries(added) },
  });
}
