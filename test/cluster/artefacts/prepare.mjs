// Brings all that the cluster is made of: from the cache, or built anew.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logFile, run } from '../../../scripts/command.mjs';
import { step } from '../../../scripts/terminal.mjs';
import { artefactFile, makeArtefact, useArtefact } from './cache.mjs';
import { imageKey, imageName, images, makeImage } from './images.mjs';
import { buildProgram, programKey, requireGo } from './programs.mjs';
import { tektonManifest } from './tekton.mjs';

/** The components of Kubernetes, which run on the node itself. */
function kubernetes(options) {
  return {
    name: 'kube',
    extension: 'zst',
    key: programKey('kube'),
    async make(file) {
      const program = join(options.folder, 'kube');
      await buildProgram('kube', program, options);
      await run('zstd', ['-q', '--rm', program, '-o', file], {
        ...options,
        append: true,
      });
    },
  };
}

async function imageArtefacts(options) {
  const artefacts = [];
  for (const [name, describe] of Object.entries(images)) {
    const image = { ...(await describe()), name: imageName(name) };
    artefacts.push({
      name: `image-${name}`,
      extension: 'tar',
      key: imageKey(image),
      make: file => makeImage(image, file, options),
    });
  }
  return artefacts;
}

async function makeMissing(artefacts, update) {
  const missing = artefacts.filter(one => !existsSync(artefactFile(one)));
  if (missing.length === 0) {
    update('Parts of the cluster: from the cache');
    return;
  }
  await requireGo();
  for (const [index, artefact] of missing.entries()) {
    update(
      `Building ${artefact.name} (${index + 1} of ${
        missing.length
      }); the first time takes long`,
    );
    await makeArtefact(artefact);
  }
  update(`Parts of the cluster: ${missing.length} built`);
}

/**
 * Returns the files of the parts: `kube` (compressed), `images` (archives) and
 * `tekton` (manifests). `step` shows what is built.
 */
export function prepareArtefacts({ signal }) {
  return step('Parts of the cluster', async update => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-build-'));
    const log = logFile('cluster-build');
    rmSync(log, { force: true });
    try {
      const options = { folder, log, signal };
      const kube = kubernetes(options);
      const tekton = tektonManifest();
      const imageArchives = await imageArtefacts(options);
      await makeMissing([kube, ...imageArchives, tekton], update);
      return {
        kube: useArtefact(kube),
        images: imageArchives.map(useArtefact),
        tekton: useArtefact(tekton),
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
