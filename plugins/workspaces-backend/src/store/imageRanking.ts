import type { ReleaseRow } from './rows';

/** What is known beyond the releases of a workspace. */
interface Needs {
  /** So many images of each app are kept, those that served last. */
  keep: number;
  /** Images that runs may come to deploy. */
  awaited: string[];
  isElsewhere(image: string): Promise<boolean>;
}

/**
 * The image that is to be removed next; `undefined` where all are needed. Images are counted, not releases: a restart
 * makes a release of the same one, and a rollback lets an old one serve again.
 *
 * @param releases - Of one workspace.
 */
export async function imageToRemove(
  releases: ReleaseRow[],
  { keep, awaited, isElsewhere }: Needs,
): Promise<string | undefined> {
  const apps = new Set(releases.map(({ app }) => app));
  const needed = new Set([
    ...awaited,
    ...[...apps].flatMap(app => lastServed(releases, app, keep)),
    ...releases
      .filter(({ state }) => state === 'serving')
      .map(({ image }) => image),
  ]);
  const unneeded = releases
    .map(({ image }) => image)
    .filter(image => !needed.has(image));
  for (const image of new Set(unneeded))
    if (!(await isElsewhere(image))) return image;
  return undefined;
}

function lastServed(
  releases: ReleaseRow[],
  app: string,
  keep: number,
): string[] {
  const served = releases
    .filter(
      release =>
        release.app === app &&
        release.state !== 'retiring' &&
        servedAt(release) !== undefined,
    )
    .sort((a, b) => servedAt(b)! - servedAt(a)!);
  return [...new Set(served.map(({ image }) => image))].slice(0, keep);
}

/** When a release served last, in milliseconds; a portal of an earlier version, which may still be at work, notes no such moment. */
function servedAt({
  state,
  served_at: noted,
  created_at: created,
}: ReleaseRow): number | undefined {
  if (noted !== null) return Number(noted);
  return ['serving', 'superseded'].includes(state)
    ? Number(created)
    : undefined;
}
