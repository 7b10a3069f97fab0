// Brings all that the cluster is made of: from the cache, or built anew.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logFile, run } from '../../../scripts/command.mjs';
import { step } from '../../../scripts/terminal.mjs';
import { artefactFile, digestOf, makeArtefact, useArtefact } from './cache.mjs';
import {
  builderImages,
  imageKey,
  imageName,
  images,
  makeImage,
} from './images.mjs';
import {
  buildProgram,
  containerdPrograms,
  programKey,
  requireGo,
} from './programs.mjs';
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

/** The containerd that takes the place of the machine's, with its shim and its client. */
function containerd(options) {
  return {
    name: 'containerd',
    extension: 'tar.zst',
    key: digestOf(...containerdPrograms.map(programKey)),
    async make(file) {
      for (const name of containerdPrograms) {
        await buildProgram(name, join(options.folder, name), options);
      }
      await run(
        'tar',
        ['--zstd', '-cf', file, '-C', options.folder, ...containerdPrograms],
        { ...options, append: true },
      );
    },
  };
}

async function imageArtefacts(described, options) {
  const artefacts = [];
  for (const [name, describe] of Object.entries(described)) {
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

async function makeMissing(title, artefacts, update) {
  const missing = artefacts.filter(one => !existsSync(artefactFile(one)));
  if (missing.length === 0) {
    update(`${title}: from the cache`);
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
  update(`${title}: ${missing.length} built`);
}

/** Makes what is missing of the artefacts that `list` describes, and returns what `list` returns. */
function prepare(title, list, { signal }) {
  return step(title, async update => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-build-'));
    const log = logFile('cluster-build');
    rmSync(log, { force: true });
    try {
      const artefacts = await list({ folder, log, signal });
      await makeMissing(title, Object.values(artefacts).flat(), update);
      return artefacts;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/**
 * Returns the files of the parts: `kube` (compressed), `images` (archives) and
 * `tekton` (manifests). `step` shows what is built.
 */
export async function prepareArtefacts(frame) {
  const {
    kube,
    images: archives,
    tekton,
  } = await prepare(
    'Parts of the cluster',
    async options => ({
      kube: kubernetes(options),
      images: await imageArtefacts(images, options),
      tekton: tektonManifest(),
    }),
    frame,
  );
  return {
    kube: useArtefact(kube),
    images: archives.map(useArtefact),
    tekton: useArtefact(tekton),
  };
}

/** Returns the archive of containerd 2, which is built only where it is asked for. */
export async function prepareContainerd(frame) {
  const artefacts = await prepare(
    'Programs of containerd 2',
    async options => ({ containerd: containerd(options) }),
    frame,
  );
  return useArtefact(artefacts.containerd);
}

/** Returns the archives of the images of further builders. */
export async function prepareBuilders(frame) {
  const { images: archives } = await prepare(
    'Further builders',
    async options => ({ images: await imageArtefacts(builderImages, options) }),
    frame,
  );
  return archives.map(useArtefact);
}
