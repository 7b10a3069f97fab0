import { ConflictError } from '@backstage/errors';
import type { Knex } from 'knex';
import { databaseNow } from './database';
import { imageToRemove } from './imageRanking';
import type { ReleaseRow, RunInput, RunRow, StageRow } from './rows';

/** For so long after a removal was begun it may be under way, be it that of a replica which has died, in milliseconds. */
const REMOVAL_WINDOW = 30_000;

type Image = { workspaceId: string; image: string };

/**
 * Which images of releases there are. A release is `retiring` from before its image is removed until that was
 * seen to be done, and `retired` from then on: neither is ever deployed. All releases of a workspace that name
 * one image are so together.
 */
export class ReleaseImages {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /**
   * Marks the releases of one image as retiring that nobody needs any more, and answers it; `undefined` where
   * there is none. While a run of the workspace waits or is carried out nothing is marked: it may come to need any.
   *
   * @param keep - So many images of each app are kept, those that served last.
   */
  async retireNext(
    workspaceId: string,
    keep: number,
  ): Promise<string | undefined> {
    return this.#knex.transaction(async trx => {
      if (!(await lockIdle(trx, workspaceId))) return undefined;
      const releases = await trx<ReleaseRow>('releases')
        .where({ workspace_id: workspaceId })
        .whereNot({ state: 'retired' });
      const image = await imageToRemove(releases, {
        keep,
        awaited: await awaitedImages(trx, workspaceId, releases),
        isElsewhere: name => isNamedElsewhere(trx, workspaceId, name),
      });
      if (image === undefined) return undefined;
      await trx('releases')
        .where({ workspace_id: workspaceId, image, state: 'superseded' })
        .whereNull('served_at')
        .update({ served_at: trx.ref('created_at') });
      await trx('releases')
        .where({ workspace_id: workspaceId, image })
        .update({ state: 'retiring', retired_at: databaseNow(trx) });
      return image;
    });
  }

  /** The image was seen to be gone. */
  async removed({ workspaceId, image }: Image): Promise<void> {
    await this.#knex('releases')
      .where({ workspace_id: workspaceId, image, state: 'retiring' })
      .update({ state: 'retired' });
  }

  /** The image was seen to be there, because it was built again or could not be removed. */
  async present(
    { workspaceId, image }: Image,
    trx: Knex.Transaction | Knex = this.#knex,
  ): Promise<void> {
    await trx('releases')
      .where({ workspace_id: workspaceId, image })
      .whereIn('state', ['retiring', 'retired'])
      .update({
        state: trx.raw(
          `case when served_at is null then 'failed' else 'superseded' end`,
        ),
        retired_at: null,
      });
  }

  /** Whether an image of the app is being removed at this moment: one that is built now might be the same. */
  async isRemoving(workspaceId: string, app: string): Promise<boolean> {
    const removing = await this.#knex('releases')
      .where({ workspace_id: workspaceId, app, state: 'retiring' })
      .where(
        'retired_at',
        '>',
        this.#knex.raw('? - ?', [databaseNow(this.#knex), REMOVAL_WINDOW]),
      )
      .first('number');
    return removing !== undefined;
  }

  /**
   * @param refused - What cannot be done with an image that is not kept.
   * @param instead - What can.
   * @throws ConflictError where the image is not kept
   */
  async refuseRetired(
    { workspaceId, image }: Image,
    { refused, instead }: { refused: string; instead: string },
    trx: Knex.Transaction,
  ): Promise<void> {
    const retired = await trx<ReleaseRow>('releases')
      .where({ workspace_id: workspaceId, image })
      .whereIn('state', ['retiring', 'retired'])
      .first();
    if (!retired) return;
    throw new ConflictError(`${refused}: ${whyRetired(retired)}; ${instead}`);
  }
}

/** Why a release cannot serve again whose image is gone or going. */
export function whyRetired({ state }: Pick<ReleaseRow, 'state'>): string {
  const what = state === 'retiring' ? 'is being' : 'was';
  return `its image ${what} removed, as only those that served last are kept (workspaces.releases.keep)`;
}

/** Keeps runs of the workspace from being queued until the end of the transaction; false where there are some. */
async function lockIdle(
  trx: Knex.Transaction,
  workspaceId: string,
): Promise<boolean> {
  const locked = await trx('workspaces')
    .where({ id: workspaceId })
    .whereNotNull('live_name')
    .forUpdate()
    .first('id');
  const busy = await trx<RunRow>('runs')
    .where({ workspace_id: workspaceId })
    .whereIn('state', ['queued', 'running'])
    .first('id');
  return locked !== undefined && busy === undefined;
}

/** What a retry of a run would deploy that did not get through: its builds, or the release that it was to bring back. */
async function awaitedImages(
  trx: Knex.Transaction,
  workspaceId: string,
  releases: ReleaseRow[],
): Promise<string[]> {
  const unfinished = () =>
    trx<RunRow>('runs')
      .where({ workspace_id: workspaceId })
      .whereIn('state', ['failed', 'cancelled']);
  const stages = await trx<StageRow>('stages')
    .whereIn('run_id', unfinished().select('id'))
    .whereIn('stage', ['build', 'verify'])
    .orderBy('attempt');
  // By the latest attempt: an app that got through is left alone by a retry.
  const verified = new Map(
    stages
      .filter(({ stage }) => stage === 'verify')
      .map(({ run_id: run, app, state }) => [`${run} ${app}`, state]),
  );
  const builds = stages.filter(
    ({ run_id: run, app, stage, state }) =>
      stage === 'build' &&
      state === 'succeeded' &&
      verified.get(`${run} ${app}`) !== 'succeeded',
  );
  const rollbacks = await unfinished().where({ kind: 'rollback' });
  const back = rollbacks.flatMap(({ apps, input }) => {
    const [app]: string[] = JSON.parse(apps);
    const { release }: RunInput = JSON.parse(input);
    return releases.filter(each => each.app === app && each.number === release);
  });
  return [
    ...builds.map(({ outputs }) => String(JSON.parse(outputs ?? '{}').image)),
    ...back.map(({ image }) => image),
  ];
}

/** Whether another name of the same content is that of a release, of whichever workspace. */
async function isNamedElsewhere(
  trx: Knex.Transaction,
  workspaceId: string,
  image: string,
): Promise<boolean> {
  const [, digest = image] = image.split('@');
  const other = await trx<ReleaseRow>('releases')
    .whereLike('image', `%${digest}`)
    .whereNot({ state: 'retired' })
    .whereNot(same => same.where({ workspace_id: workspaceId, image }))
    .first('number');
  return other !== undefined;
}
