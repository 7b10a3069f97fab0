import { runGit, type GitContext } from './GitProcess';

const COMMIT = /^[0-9a-f]{40}$/;
const MOST_NAMES = 200;

/** Where a revision leads. */
export interface ResolvedRevision {
  /** 40 hexadecimal digits. */
  commit: string;
  /** What to ask the server for where it gives no commit by its digits. */
  reference: string;
}

interface Reference {
  name: string;
  commit: string;
}

/**
 * The commit that a branch, a tag or the default branch stands for now. A revision that
 * is a commit already is taken as it is; `undefined` where the server has no such name.
 */
export async function resolveRevision(
  context: GitContext,
  url: string,
  revision: string | undefined,
): Promise<ResolvedRevision | undefined> {
  if (revision !== undefined && COMMIT.test(revision))
    return { commit: revision, reference: revision };
  const names =
    revision === undefined
      ? ['HEAD']
      : [
          `refs/heads/${revision}`,
          `refs/tags/${revision}^{}`,
          `refs/tags/${revision}`,
          ...(revision.startsWith('refs/') ? [revision] : []),
        ];
  const references = await listReferences(
    context,
    url,
    revision === undefined ? [] : ['--heads', '--tags'],
    names,
  );
  const found = names
    .map(name => references.find(reference => reference.name === name))
    .find(reference => reference !== undefined);
  return (
    found && {
      commit: found.commit,
      reference: found.name.replace(/\^\{\}$/, ''),
    }
  );
}

/** Branches, then tags, by name. */
export async function listBranches(
  context: GitContext,
  url: string,
): Promise<string[]> {
  const references = await listReferences(
    context,
    url,
    ['--heads', '--tags'],
    [],
  );
  const names = (prefix: string) =>
    references
      .filter(({ name }) => name.startsWith(prefix) && !name.endsWith('^{}'))
      .map(({ name }) => name.slice(prefix.length));
  return [...names('refs/heads/'), ...names('refs/tags/')].slice(0, MOST_NAMES);
}

async function listReferences(
  context: GitContext,
  url: string,
  options: string[],
  patterns: string[],
): Promise<Reference[]> {
  const output = await runGit(
    context,
    'ls-remote',
    '--quiet',
    ...options,
    '--',
    url,
    ...patterns,
  );
  return output
    .split('\n')
    .map(line => line.split('\t'))
    .filter(([commit, name]) => COMMIT.test(commit) && name !== undefined)
    .map(([commit, name]) => ({ commit, name }));
}
