// Makes an image without any container engine: an archive of an OCI layout
// with one compressed layer, the same bytes from the same files.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../../../scripts/command.mjs';
import { suite } from '../../../scripts/engine/imageRecipes.mjs';
import { machineSources } from '../../../scripts/engine/makeImages.mjs';

const media = 'application/vnd.oci.image';
const architectures = { x64: 'amd64', arm64: 'arm64' };

/** tar's options that leave nothing of this machine or of today in a file. */
const reproducible = [
  ...['--sort=name', '--mtime=@0', '--owner=0', '--group=0'],
  '--numeric-owner',
];
/** File capabilities are kept; times of access are not. */
const withCapabilities = [
  ...['--xattrs', '--xattrs-include=security.capability', '--format=posix'],
  '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
];

async function sha256(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Moves a file among the blobs of a layout; returns what refers to it. */
async function addBlob(layout, file, mediaType) {
  const digest = await sha256(file);
  const { size } = statSync(file);
  renameSync(file, join(layout, 'blobs', 'sha256', digest));
  return { mediaType, digest: `sha256:${digest}`, size };
}

function addJson(layout, value, mediaType) {
  const file = join(layout, 'unnamed');
  writeFileSync(file, JSON.stringify(value));
  return addBlob(layout, file, mediaType);
}

/** Lays out the files of an image in a folder. */
async function stage(root, image, options) {
  const at = path => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    return file;
  };
  for (const [path, mode] of Object.entries(image.folders ?? {})) {
    mkdirSync(join(root, path), { recursive: true });
    chmodSync(join(root, path), mode);
  }
  for (const [path, source] of Object.entries(image.files ?? {})) {
    copyFileSync(source, at(path));
    chmodSync(join(root, path), statSync(source).mode & 0o111 ? 0o755 : 0o644);
  }
  for (const [path, text] of Object.entries(image.texts ?? {})) {
    writeFileSync(at(path), text, { mode: 0o644 });
  }
  for (const [path, target] of Object.entries(image.links ?? {})) {
    symlinkSync(target, at(path));
  }
  for (const [path, value] of Object.entries(image.capabilities ?? {})) {
    await run('setcap', [value, join(root, path)], options);
  }
}

/** A Debian in a folder, by arguments of mmdebstrap. */
async function makeDebian(root, args, options) {
  const all = ['--format=directory', ...args, suite, root];
  await run('mmdebstrap', [...all, ...(await machineSources())], options);
}

async function addLayer(layout, image, options) {
  const root = join(layout, 'root');
  const tar = join(layout, 'layer.tar');
  if (image.debian) {
    await makeDebian(root, image.debian, options);
  } else {
    mkdirSync(root);
  }
  chmodSync(root, 0o755);
  await stage(root, image, options);
  await run(
    'tar',
    [
      ...(image.capabilities ? withCapabilities : []),
      ...[...reproducible, '-C', root, '-cf', tar, '.'],
    ],
    options,
  );
  rmSync(root, { recursive: true });
  const difference = `sha256:${await sha256(tar)}`;
  await run('zstd', ['-q', '--rm', tar], options);
  return {
    difference,
    layer: await addBlob(layout, `${tar}.zst`, `${media}.layer.v1.tar+zstd`),
  };
}

async function addManifest(layout, image, options) {
  const { difference, layer } = await addLayer(layout, image, options);
  const configuration = await addJson(
    layout,
    {
      created: '1970-01-01T00:00:00Z',
      architecture: architectures[process.arch],
      os: 'linux',
      config: image.config ?? {},
      rootfs: { type: 'layers', diff_ids: [difference] },
    },
    `${media}.config.v1+json`,
  );
  const mediaType = `${media}.manifest.v1+json`;
  return addJson(
    layout,
    { schemaVersion: 2, mediaType, config: configuration, layers: [layer] },
    mediaType,
  );
}

/**
 * Writes an image as an archive that `ctr images import` reads. An image has a
 * `name`, may stand on a `debian`, and has by their paths in it `files` (where they are), `texts`, `links`
 * (their targets), `folders` (their modes) and `capabilities` of files; and
 * the `config` of the OCI specification.
 */
export async function writeImage(image, archive, { log, signal }) {
  const options = { log, signal, append: true };
  const layout = mkdtempSync(join(tmpdir(), 'slipway-image-'));
  try {
    mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true });
    const manifest = await addManifest(layout, image, options);
    writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(
      join(layout, 'index.json'),
      JSON.stringify({
        schemaVersion: 2,
        manifests: [
          {
            ...manifest,
            annotations: { 'io.containerd.image.name': image.name },
          },
        ],
      }),
    );
    await run(
      'tar',
      [...reproducible, '-C', layout, '-cf', archive, '.'],
      options,
    );
  } finally {
    rmSync(layout, { recursive: true, force: true });
  }
}

/** The digests of what an image holds, by the paths in it. */
export function contentDigests({ files = {} }) {
  return Object.fromEntries(
    Object.entries(files).map(([path, source]) => [
      path,
      createHash('sha256').update(readFileSync(source)).digest('hex'),
    ]),
  );
}
