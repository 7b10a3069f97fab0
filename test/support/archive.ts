import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
// The core's own, which has no entry point for the sake of tests.
// eslint-disable-next-line @backstage/no-relative-monorepo-imports
import { craftZip } from '../../plugins/workspaces-backend/src/sources/__testUtils__/craftZip';

/** Folder of an app that was written for the tests alone. */
export function fixtureApp(name: string): string {
  return resolve(__dirname, '../fixtures/apps', name);
}

/** The names of all files below a folder, but not what npm installed there. */
export function namesBelow(folder: string): string[] {
  return filesBelow(folder).map(path => relative(folder, path));
}

/** A folder as a tar.gz, some of its files replaced. */
export async function folderArchive(
  folder: string,
  replaced: Record<string, string> = {},
): Promise<Buffer> {
  const archive = pack();
  for (const name of namesBelow(folder)) {
    archive.entry({ name }, replaced[name] ?? readFileSync(join(folder, name)));
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

/** A folder as a zip. */
export function folderZip(folder: string): Buffer {
  return craftZip(
    namesBelow(folder).map(name => ({
      name,
      content: readFileSync(join(folder, name)),
    })),
  );
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory)
    .sort()
    .filter(name => name !== 'node_modules')
    .flatMap(name => {
      const path = join(directory, name);
      return statSync(path).isDirectory() ? filesBelow(path) : [path];
    });
}
