import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { displayUrl } from '../guard/addresses';
import { formatBytes, quote, refused } from '../refusal';
import type { SourceLimits } from '../settings';
import { GitProcess, runGit, type GitContext } from './GitProcess';
import { resolveRevision, type ResolvedRevision } from './references';

/** How often the size of what arrives is looked at. */
const WATCH_MILLISECONDS = 250;

/** Where the fetched commit is kept within the repository. */
const FETCHED = 'refs/slipway/source';

interface CommitRequest {
  url: URL;
  revision?: string;
  limits: SourceLimits;
  log(line: string): void;
}

/** Brings one commit, without its history, into the repository that is the context's directory. */
export async function fetchCommit(
  context: GitContext,
  request: CommitRequest,
): Promise<string> {
  const { url, revision, limits } = request;
  try {
    const resolved = await resolveRevision(context, url.href, revision);
    if (!resolved) throw await missingRevision(context, url, revision);
    request.log(
      `${displayUrl(url)}: ${revision ?? 'the default branch'} is commit ${
        resolved.commit
      }`,
    );
    return await fetchResolved(context, url, resolved, limits);
  } catch (error) {
    throw redirectRefused(error, url);
  }
}

/** git says that it was redirected only by the number of the answer. */
function redirectRefused(error: unknown, url: URL): unknown {
  const text = error instanceof EngineError ? error.evidence[0].text : '';
  if (!/returned error: 30\d|redirect/.test(text)) return error;
  return refused(
    'address',
    `${displayUrl(
      url,
    )} redirects, which is not followed; give the address that it leads to, which often only has ".git" at its end (${text})`,
    { cause: error },
  );
}

/** Lets git say by itself that the name is not there, so that its own words are the evidence. */
async function missingRevision(
  context: GitContext,
  url: URL,
  revision = 'HEAD',
): Promise<unknown> {
  try {
    await runGit(
      context,
      'fetch',
      '--quiet',
      '--no-tags',
      '--depth=1',
      '--',
      url.href,
      revision,
    );
  } catch (error) {
    return error;
  }
  return refused(
    'changed',
    `${quote(revision)} was not there and then was; try again`,
  );
}

/**
 * By its digits, so that what was resolved is what is fetched; by name where a server
 * refuses that. Answers the commit, which a tag given by its digits only leads to.
 */
async function fetchResolved(
  context: GitContext,
  url: URL,
  resolved: ResolvedRevision,
  limits: SourceLimits,
): Promise<string> {
  const { commit, reference } = resolved;
  try {
    await fetchReference(context, url, commit, limits);
  } catch (error) {
    if (reference === commit || !refusesCommits(error)) throw error;
    await fetchReference(context, url, reference, limits);
  }
  const fetched = (
    await runGit(context, 'rev-parse', '--verify', `${FETCHED}^{commit}`)
  ).trim();
  if (fetched === commit || reference === commit) return fetched;
  throw refused(
    'changed',
    `${quote(
      reference,
    )} moved from ${commit} to ${fetched} while it was fetched; try again`,
  );
}

function refusesCommits(error: unknown): boolean {
  return (
    error instanceof EngineError &&
    /unadvertised object|not our ref/.test(error.evidence[0].text)
  );
}

async function fetchReference(
  context: GitContext,
  url: URL,
  reference: string,
  limits: SourceLimits,
): Promise<void> {
  const git = new GitProcess(context, [
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-recurse-submodules',
    '--no-write-fetch-head',
    '--depth=1',
    '--',
    url.href,
    `+${reference}:${FETCHED}`,
  ]);
  git.output.resume();
  const watch = setInterval(async () => {
    const bytes = await packBytes(context.directory);
    if (bytes > limits.totalBytes) {
      git.stop(
        refused(
          'total-size',
          `the repository is larger than ${formatBytes(
            limits.totalBytes,
          )}, the limit (workspaces.sources.limits.totalMiB)`,
        ),
      );
    }
  }, WATCH_MILLISECONDS);
  try {
    await git.ended;
  } finally {
    clearInterval(watch);
  }
}

async function packBytes(repository: string): Promise<number> {
  const packs = path.join(repository, 'objects', 'pack');
  let bytes = 0;
  for (const name of await readdir(packs).catch(() => [])) {
    bytes += await stat(path.join(packs, name)).then(
      ({ size }) => size,
      () => 0, // renamed meanwhile; seen the next time
    );
  }
  return bytes;
}
