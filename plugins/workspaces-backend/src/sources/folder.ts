import { realpath, stat } from 'node:fs/promises';
import { refused } from './refusal';
import type { SourceSettings } from './settings';
import { folderProblem } from './specification';
import { SourceTree } from './SourceTree';

/** A folder of this machine, in place. Throws where it does not really lie below a configured root. */
export async function openFolder(
  folder: string,
  settings: SourceSettings,
): Promise<SourceTree> {
  const named = folderProblem(folder, settings.folders);
  if (named) throw refused('folder', named, { entry: folder });
  const real = await realFolder(folder);
  const roots = await Promise.all(settings.folders.map(realFolder));
  const problem =
    real === undefined
      ? undefined
      : folderProblem(
          real,
          roots.filter(root => root !== undefined),
        );
  if (problem)
    throw refused('folder', `${JSON.stringify(folder)} is a link: ${problem}`, {
      entry: folder,
    });
  if (real === undefined || !(await stat(real)).isDirectory()) {
    throw refused(
      'folder',
      `${JSON.stringify(
        folder,
      )} is not a folder of the machine that the portal runs on`,
      { entry: folder },
    );
  }
  return new SourceTree(real);
}

async function realFolder(folder: string): Promise<string | undefined> {
  try {
    return await realpath(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
