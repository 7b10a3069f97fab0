import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { imageRepository } from '@slipway/backstage-plugin-workspaces-common';
import type { BuildRequest } from '@slipway/backstage-plugin-workspaces-node';
import { pack } from 'tar-stream';

/** A request to build the app `web` from files, as the core makes one. */
export async function requestOf(
  workspace: string,
  files: Record<string, string>,
  more: Partial<BuildRequest> = {},
): Promise<BuildRequest> {
  const tar = pack();
  for (const [name, text] of Object.entries(files))
    tar.entry({ name, uid: 0, gid: 0, mtime: new Date(0) }, text);
  tar.finalize();
  const bytes = await buffer(tar);
  return {
    workspace,
    app: 'web',
    repository: imageRepository(workspace, 'web'),
    bundle: () => Readable.from([bytes]),
    bundleDigest: createHash('sha256').update(bytes).digest('hex'),
    dockerfile: 'Dockerfile',
    baseImages: [],
    arguments: [],
    secrets: [],
    noCache: false,
    ...more,
  };
}
