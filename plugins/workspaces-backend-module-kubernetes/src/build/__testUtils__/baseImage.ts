import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { OciRegistry } from '../../registry';
import { digestOf } from '../../registry/document';
import { mediaTypes } from '../../registry/media';

const BUSYBOX = '/bin/busybox';
const COMMANDS = ['sh', 'cat', 'echo', 'sleep', 'true', 'false'];

/** Pushes an image that is busybox alone, Debian's static one of this machine, which the test cluster is made with. */
export async function pushBusybox(
  registry: OciRegistry,
  repository: string,
  environment: string[] = [],
): Promise<void> {
  const tar = pack();
  tar.entry({ name: 'bin', type: 'directory', mode: 0o755 });
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, await readFile(BUSYBOX));
  for (const name of COMMANDS)
    tar.entry({ name: `bin/${name}`, type: 'symlink', linkname: 'busybox' });
  tar.finalize();
  const bytes = await buffer(tar);
  const layer = await registry.blobs.put(repository, bytes, mediaTypes.layer);
  const config = await registry.blobs.put(
    repository,
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: { Env: ['PATH=/bin', ...environment] },
        history: [{ created_by: BUSYBOX }], // without it BuildKit makes up others each time
        rootfs: { type: 'layers', diff_ids: [digestOf(bytes)] },
      }),
    ),
    mediaTypes.config,
  );
  await registry.putManifest(
    repository,
    {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config,
      layers: [layer],
    },
    { tag: 'latest' },
  );
}
