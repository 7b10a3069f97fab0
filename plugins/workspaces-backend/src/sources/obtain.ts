import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { SourceSpec } from '@slipway/backstage-plugin-workspaces-common';
import type { SourceRow } from '../store/rows';
import {
  sniffArchive,
  unpackArchive,
  type ArchiveFormat,
} from './archives/archive';
import { TreeWriter } from './archives/TreeWriter';
import { download } from './download';
import { openFolder } from './folder';
import { fetchRepository } from './git/fetchRepository';
import { displayUrl, type AddressGuard } from './guard/addresses';
import { formatBytes, refused } from './refusal';
import type { SourceSettings } from './settings';
import { SourceTree } from './SourceTree';
import type { UploadStore } from './UploadStore';

/** How to bring a source, and for whom. */
export interface ObtainRequest {
  spec: SourceSpec;
  owner: string;
  requester?: string;
  workspaceId?: string;
  token?: string;
  /** git: also asks for branches and tags. */
  withBranches: boolean;
  log(line: string): void;
  signal: AbortSignal;
}

interface Means {
  guard: AddressGuard;
  settings: SourceSettings;
  uploads: UploadStore;
}

/** The files of a source, as they came. */
export interface ObtainedSource {
  tree: SourceTree;
  /** git: the commit; archives: `sha256:` and the digest. A folder has none but its bundle's. */
  revision?: string;
  branches?: string[];
}

/** Brings a source into `work`, an empty folder; a folder of this machine is left where it is. */
export async function obtainSource(
  work: string,
  request: ObtainRequest,
  means: Means,
): Promise<ObtainedSource> {
  const { spec } = request;
  switch (spec.type) {
    case 'git': {
      const { root, links, commit, branches } = await fetchRepository(work, {
        ...request,
        ...means,
        limits: means.settings.limits,
        url: spec.url!,
        revision: spec.revision,
      });
      return { tree: new SourceTree(root, links), revision: commit, branches };
    }
    case 'zip':
      return obtainDownload(work, request, means);
    case 'upload':
      return obtainUpload(work, request, means);
    default:
      return { tree: await openFolder(spec.folder!, means.settings) };
  }
}

async function obtainDownload(
  work: string,
  request: ObtainRequest,
  means: Means,
): Promise<ObtainedSource> {
  const { limits } = means.settings;
  const file = path.join(work, 'download');
  const received = await download(request.spec.url!, file, {
    ...request,
    guard: means.guard,
    limits,
  });
  const format = await sniffArchive(file);
  if (!format)
    throw refused(
      'archive',
      `what ${displayUrl(
        new URL(request.spec.url!),
      )} answers is neither a zip nor a tar.gz`,
    );
  const digest = received.sha256();
  request.log(`Downloaded ${formatBytes(received.bytes)}, sha256:${digest}`);
  return {
    tree: await unpack(work, file, format, request, means),
    revision: `sha256:${digest}`,
  };
}

async function obtainUpload(
  work: string,
  request: ObtainRequest,
  means: Means,
): Promise<ObtainedSource> {
  const { spec } = request;
  const upload = await means.uploads.find(spec.upload!);
  // What belongs to others is answered like what is not there.
  if (!upload || !(await mayUse(upload, request, means.uploads))) {
    throw refused(
      'upload',
      `upload ${JSON.stringify(
        spec.upload,
      )} is not there: it was removed after a day without use, or is not the owner's. Upload the source again`,
    );
  }
  const tree = await unpack(
    work,
    means.uploads.fileOf(upload.id),
    upload.format,
    request,
    means,
  );
  return { tree, revision: `sha256:${upload.sha256}` };
}

/** Once an app uses an upload, whoever may deploy that app may deploy it again. */
async function mayUse(
  upload: SourceRow,
  request: ObtainRequest,
  uploads: UploadStore,
): Promise<boolean> {
  const { owner, requester, workspaceId } = request;
  if (upload.owner === owner || upload.uploader === requester) return true;
  return workspaceId !== undefined && uploads.isUsed(upload.id, workspaceId);
}

async function unpack(
  work: string,
  file: string,
  format: ArchiveFormat,
  request: ObtainRequest,
  means: Means,
): Promise<SourceTree> {
  const root = path.join(work, 'tree');
  await mkdir(root);
  await unpackArchive(
    file,
    format,
    new TreeWriter(root),
    means.settings.limits,
    request.signal,
  );
  return new SourceTree(await rootOfArchive(root, request));
}

/** macOS puts what only it understands here. */
const MAC_FOLDER = '__MACOSX';

/**
 * Where an archive holds one folder and nothing else, that folder is the source, as most
 * tools pack the folder itself. A `path` that is there from the archive's own root wins.
 */
async function rootOfArchive(
  root: string,
  request: ObtainRequest,
): Promise<string> {
  const entries = (await readdir(root, { withFileTypes: true })).filter(
    ({ name }) => name !== MAC_FOLDER,
  );
  if (entries.length !== 1 || !entries[0].isDirectory()) return root;
  const [first] = (request.spec.path ?? '')
    .split('/')
    .filter(segment => segment !== '' && segment !== '.');
  if (first === entries[0].name) return root;
  request.log(
    `The archive holds one folder, ${JSON.stringify(
      entries[0].name,
    )}: it is the root of the source`,
  );
  return path.join(root, entries[0].name);
}
