import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type {
  AppSpec,
  NewWorkspace,
} from '@slipway/backstage-plugin-workspaces-common';
import { folderArchive, folderZip } from './archive';

const folder = resolve(__dirname, '../../examples/guestbook');

/** The guestbook as a tar.gz, some of its files replaced. */
export function guestbookArchive(
  replaced: Record<string, string> = {},
): Promise<Buffer> {
  return folderArchive(folder, replaced);
}

/** The guestbook as it is, as a zip. */
export function guestbookZip(): Buffer {
  return folderZip(folder);
}

/** The guestbook under another version number, which it answers at /version. */
export async function guestbookVersion(version: string): Promise<Buffer> {
  const manifest = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  return guestbookArchive({
    'package.json': JSON.stringify({ ...manifest, version }),
  });
}

/** The guestbook with a Dockerfile whose second RUN, on line 5, fails with exit code 3. */
export async function brokenGuestbook(): Promise<Buffer> {
  const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8');
  return guestbookArchive({
    Dockerfile: dockerfile.replace(
      'COPY . .',
      'RUN echo "this step is broken" && exit 3\nCOPY . .',
    ),
  });
}

/** The workspace of the demo, around an uploaded source. */
export function guestbookWorkspace(name: string, upload: string): NewWorkspace {
  return {
    name,
    dependencies: [
      { type: 'postgres', database: 'guestbook' },
      { type: 'redis' },
    ],
    apps: [guestbookApp(upload)],
  };
}

export function guestbookApp(upload: string): AppSpec {
  return {
    name: 'guestbook',
    source: { type: 'upload', upload },
    port: 3000,
    healthPath: '/health',
    migration: { command: ['node', 'migrate.js'] },
  };
}

export async function writeEntry(
  url: string,
  name: string,
  message: string,
): Promise<void> {
  const response = await fetch(new URL('/entries', url), {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ name, message }),
  });
  if (response.status !== 303)
    throw new Error(
      `The entry was answered with ${
        response.status
      }: ${await response.text()}`,
    );
}

export async function readEntries(
  url: string,
): Promise<{ name: string; message: string }[]> {
  const response = await fetch(new URL('/api/entries', url));
  if (!response.ok)
    throw new Error(`The entries were answered with ${response.status}`);
  return (await response.json()) as { name: string; message: string }[];
}

export async function answeringVersion(url: string): Promise<string> {
  const response = await fetch(new URL('/version', url));
  return ((await response.json()) as { version: string }).version;
}
