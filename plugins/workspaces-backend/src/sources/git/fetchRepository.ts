import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Links } from '../archives/tar';
import { displayUrl, hostOf, type AddressGuard } from '../guard/addresses';
import { sourceError } from '../refusal';
import type { SourceLimits } from '../settings';
import { gitEnvironment, gitOptions } from './environment';
import { fetchCommit } from './fetchCommit';
import { runGit, type GitContext } from './GitProcess';
import { listBranches } from './references';
import { unpackCommit } from './unpackCommit';

/** `http.curloptResolve`, which pins the checked address, came with it; older ones ignore the option. */
const OLDEST_GIT = [2, 37];

/** Everything of a commit is content: an attribute must not hide a file or change what is in it. */
const ATTRIBUTES = '* -export-ignore -export-subst\n';

interface RepositoryRequest {
  url: string;
  revision?: string;
  token?: string;
  /** Also asks for branches and tags. */
  withBranches: boolean;
  guard: AddressGuard;
  limits: SourceLimits;
  log(line: string): void;
  signal: AbortSignal;
}

/** The files of one commit. */
export interface FetchedRepository {
  root: string;
  links: Links;
  commit: string;
  branches?: string[];
}

/** Brings the files of one commit into a folder of `work`. */
export async function fetchRepository(
  work: string,
  request: RepositoryRequest,
): Promise<FetchedRepository> {
  const url = request.guard.parse(request.url);
  const addresses = await request.guard.resolve(url, 'git');
  const context: GitContext = {
    directory: work,
    environment: gitEnvironment(url, work, request.token),
    options: gitOptions(url, addresses),
    token: request.token,
    facts: {
      url: displayUrl(url),
      host: hostOf(url),
      token: request.token !== undefined,
      ...(request.revision ? { revision: request.revision } : {}),
    },
    signal: request.signal,
  };
  await checkVersion(context);
  const repository = path.join(work, 'repository');
  await runGit(
    context,
    'init',
    '--quiet',
    '--bare',
    '--template=',
    '--',
    repository,
  );
  const inRepository: GitContext = { ...context, directory: repository };
  await mkdir(path.join(repository, 'info'), { recursive: true });
  await writeFile(path.join(repository, 'info', 'attributes'), ATTRIBUTES);

  const commit = await fetchCommit(inRepository, { ...request, url });
  const root = path.join(work, 'tree');
  await mkdir(root);
  const links = await unpackCommit(inRepository, commit, root, request.limits);
  return {
    root,
    links,
    commit,
    branches: request.withBranches
      ? await listBranches(inRepository, url.href)
      : undefined,
  };
}

async function checkVersion(context: GitContext): Promise<void> {
  const version = await runGit(context, 'version');
  const [major, minor] = (/(\d+)\.(\d+)/.exec(version) ?? [])
    .slice(1)
    .map(Number);
  if (
    major > OLDEST_GIT[0] ||
    (major === OLDEST_GIT[0] && minor >= OLDEST_GIT[1])
  )
    return;
  const text = `${version.trim()} is too old: the portal needs git ${OLDEST_GIT.join(
    '.',
  )} or newer`;
  throw sourceError(text, { source: 'git version', text });
}
