import type { EngineContext } from '@slipway/backstage-plugin-workspaces-node';
import type { ReleaseRow } from '../store/rows';
import type { RunProgress } from './RunProgress';
import type { RunScope } from './RunScope';

/**
 * Lets the engine remove the images that no release of the apps needs any more which this run deployed. Which
 * releases can be brought back is written down before, so that no rollback is offered to an image that is going.
 */
export async function removeOldImages(
  scope: RunScope,
  progress: RunProgress,
  engineContext: EngineContext,
): Promise<void> {
  const keepImages = await scope.engine.imageKeeper();
  if (!keepImages) return;
  const { workspace_id: id } = scope.run;
  const { workspaces, settings } = scope.services;
  const verified = progress
    .rows()
    .filter(row => row.stage === 'verify' && row.state === 'succeeded');
  for (const { app } of verified) {
    const releases = await workspaces.releases(id, app);
    const awaited = await workspaces.awaitedReleases(id, app);
    const kept = keptReleases(releases, settings.keptReleases, awaited);
    const others = releases.filter(release => !kept.includes(release));
    await scope.lease.checkpoint({
      alongside: trx =>
        workspaces.retireReleases(
          id,
          app,
          others.map(({ number }) => number),
          trx,
        ),
    });
    const images = [...new Set(kept.map(({ image }) => image))];
    const { workspace } = scope;
    await keepImages({ workspace, app, images }, engineContext);
  }
}

/**
 * The releases whose images are kept: what serves, what a run is about to bring back, the newest so many that have
 * served, and those between them that never did, for a retry of their runs.
 *
 * @param releases - Of one app, newest first.
 * @param awaited - Numbers of those that runs are to bring back.
 */
export function keptReleases(
  releases: ReleaseRow[],
  count: number,
  awaited: number[],
): ReleaseRow[] {
  const oldest = releases
    .filter(({ state }) => state === 'serving' || state === 'superseded')
    .slice(0, count)
    .at(-1);
  return releases.filter(
    release =>
      release.state === 'serving' ||
      awaited.includes(release.number) ||
      (release.state !== 'retired' && release.number >= (oldest?.number ?? 0)),
  );
}
