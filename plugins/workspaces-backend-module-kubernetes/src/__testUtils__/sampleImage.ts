import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { imageRepository } from '@slipway/backstage-plugin-workspaces-common';
import { OciRegistry, parseReference } from '../registry';
import { mediaTypes } from '../registry/media';

interface Layers {
  config: { mediaType: string; digest: string; size: number };
  layers: { mediaType: string; digest: string; size: number }[];
}

interface ImageSettings {
  config: Record<string, unknown>;
  rootfs: { type: string; diff_ids: string[] };
  history?: unknown[];
}

/**
 * Makes the image of a Dockerfile that only copies files and sets what a container is started with, without
 * running anything: the layers of its base, one with the files, and another configuration.
 *
 * @param base - Image in the registry that stands for the one that the Dockerfile names.
 * @returns The image by its digest.
 */
export async function assembleImage(
  registry: OciRegistry,
  base: string,
  request: { workspace: string; app: string; files: Record<string, string> },
): Promise<string> {
  const repository = imageRepository(request.workspace, request.app);
  const from = parseReference(base);
  const stored = await registry.manifest(from);
  if (!stored) throw new Error(`The base image ${base} is not there`);
  const manifest = JSON.parse(stored.bytes.toString()) as Layers;
  const settings = JSON.parse(
    (
      await registry.blobs.read(from.repository, manifest.config.digest)
    ).toString(),
  ) as ImageSettings;

  const layer = await layerOf(request.files);
  settings.rootfs.diff_ids.push(digestOf(layer));
  delete settings.history;
  Object.assign(settings.config, {
    WorkingDir: '/app',
    User: 'node',
    Cmd: ['node', 'app.js'],
    Entrypoint: null,
  });
  const config = Buffer.from(JSON.stringify(settings));
  for (const { digest } of manifest.layers) {
    await mount(registry, repository, from.repository, digest);
  }
  const configuration = await registry.blobs.put(
    repository,
    config,
    manifest.config.mediaType,
  );
  const files = await registry.blobs.put(
    repository,
    layer,
    uncompressed(stored.mediaType),
  );
  const digest = await registry.putManifest(
    repository,
    {
      schemaVersion: 2,
      mediaType: stored.mediaType,
      config: configuration,
      layers: [...manifest.layers, files],
    },
    { tag: 'sample' },
  );
  return `${registry.address}/${repository}@${digest}`;
}

/** Lets a repository have a blob of another one, so that nothing is sent. */
async function mount(
  registry: OciRegistry,
  repository: string,
  from: string,
  digest: string,
): Promise<void> {
  const query = new URLSearchParams({ mount: digest, from });
  const answer = await registry.connection.send({
    method: 'POST',
    path: `/v2/${repository}/blobs/uploads/?${query}`,
    repository,
    access: 'pull,push',
  });
  await answer.body.dump();
  if (answer.status !== 201) {
    throw new Error(`The registry did not mount ${digest} of ${from}`);
  }
}

async function layerOf(files: Record<string, string>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) {
    archive.entry(
      { name: `app/${name}`, mode: 0o644, mtime: new Date(0) },
      content,
    );
  }
  archive.finalize();
  return buffer(archive);
}

function uncompressed(manifest: string): string {
  return manifest === mediaTypes.dockerManifest
    ? 'application/vnd.docker.image.rootfs.diff.tar'
    : mediaTypes.layer;
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
