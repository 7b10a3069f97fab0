import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { unpackTar, type Links } from '../archives/tar';
import { TreeWriter } from '../archives/TreeWriter';
import { tooManyEntries } from '../guard/entries';
import type { SourceLimits } from '../settings';
import { GitProcess, type GitContext } from './GitProcess';

/**
 * Writes the files of a commit into `root`, which must be empty; answers its links. There is
 * no checkout: git hands out the commit as a tar, which passes the same checks as any
 * other archive.
 */
export async function unpackCommit(
  context: GitContext,
  commit: string,
  root: string,
  limits: SourceLimits,
): Promise<Links> {
  await checkNumberOfEntries(context, commit, limits);
  const git = new GitProcess(context, ['archive', '--format=tar', commit]);
  try {
    const links = await unpackTar(git.output, new TreeWriter(root), {
      limits,
      links: 'admitted',
      signal: context.signal,
    });
    await git.ended;
    return links;
  } catch (error) {
    git.stop(error);
    const reason = await git.ended.then(
      () => error,
      failure => failure,
    );
    throw isDamage(error) ? reason : error; // a tar cut short says less than why git stopped
  }
}

/**
 * A few trees that name each other can unfold into more files than any memory holds, and
 * `git archive` reads all of their names before it writes the first. `git ls-tree` does not.
 */
async function checkNumberOfEntries(
  context: GitContext,
  commit: string,
  limits: SourceLimits,
): Promise<void> {
  const git = new GitProcess(context, [
    'ls-tree',
    '-r',
    '-t',
    '-z',
    '--name-only',
    commit,
  ]);
  let entries = 0;
  git.output.on('data', (names: Buffer) => {
    for (const byte of names) if (byte === 0) entries += 1;
    if (entries > limits.entries) git.stop(tooManyEntries(limits));
  });
  await git.ended;
  if (entries > limits.entries) throw tooManyEntries(limits);
}

function isDamage(error: unknown): boolean {
  return (
    error instanceof EngineError && error.evidence[0].facts?.rule === 'archive'
  );
}
