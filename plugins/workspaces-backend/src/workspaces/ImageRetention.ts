import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  ImageRemoval,
  WorkspaceEngine,
} from '@slipway/backstage-plugin-workspaces-node';
import { performance } from 'node:perf_hooks';
import { problemOf } from '../store/problem';
import type { ReleaseImages } from '../store/ReleaseImages';
import type { WorkspaceStore } from '../store/WorkspaceStore';
import type { Engines } from './Engines';

/** For one image, in milliseconds; builds wait for longer than that before they may make the same image. */
const LONGEST_REMOVAL = 10_000;

interface ImageRetentionOptions {
  engines: Pick<Engines, 'all'>;
  workspaces: Pick<WorkspaceStore, 'live'>;
  images: Pick<ReleaseImages, 'retireNext' | 'removed' | 'present'>;
  /** So many images of each app are kept, those that served last. */
  keep: number;
  logger: LoggerService;
}

/**
 * Removes images of releases that nobody needs any more, where engines can. A release is marked before its image is
 * removed, and once more after that was seen, so that none is offered whose image is gone, and the next time completes
 * what a crash has left. It is done apart from runs, which it neither delays nor fails.
 */
export class ImageRetention {
  readonly #options: ImageRetentionOptions;
  /** Engines of which it was said that they may not remove images. */
  readonly #refused = new Set<string>();

  constructor(options: ImageRetentionOptions) {
    this.#options = options;
  }

  /** Answers how many were removed. */
  async removeOld(): Promise<number> {
    const { engines, workspaces } = this.#options;
    const live = await workspaces.live();
    let count = 0;
    for (const { engine } of engines.all()) {
      const ids = live
        .filter(workspace => workspace.engine === engine.id)
        .map(({ id }) => id);
      count += await this.#removeOn(engine, ids);
    }
    return count;
  }

  async #removeOn(engine: WorkspaceEngine, ids: string[]): Promise<number> {
    let count = 0;
    if (!engine.removeImage) return count;
    for (const id of ids) {
      for (;;) {
        const removal = await this.#tryNext(engine, id);
        if (!removal) break;
        if (removal.outcome === 'refused') {
          this.#sayRefused(engine.id, removal.reason);
          return count;
        }
        this.#refused.delete(engine.id);
        count++;
      }
    }
    return count;
  }

  /** What goes wrong concerns no other workspace. */
  async #tryNext(
    engine: WorkspaceEngine,
    workspaceId: string,
  ): Promise<ImageRemoval | undefined> {
    try {
      return await this.#removeNext(engine, workspaceId);
    } catch (error) {
      this.#options.logger.warn(
        `An image on ${
          engine.id
        } that nobody needs was not removed: ${problemOf(error)}`,
      );
      return undefined;
    }
  }

  /** What became of the next image of a workspace; nothing where all are needed. */
  async #removeNext(
    engine: WorkspaceEngine,
    workspaceId: string,
  ): Promise<ImageRemoval | undefined> {
    const { images, keep } = this.#options;
    const until = performance.now() + LONGEST_REMOVAL;
    const signal = AbortSignal.timeout(LONGEST_REMOVAL);
    const image = await images.retireNext(workspaceId, keep);
    if (image === undefined) return undefined;
    // The timer of a replica that stood still had no turn yet.
    if (performance.now() >= until)
      throw new Error(`no time was left for ${image}`);
    const removal = await engine.removeImage?.(image, { signal });
    if (removal?.outcome === 'refused')
      await images.present({ workspaceId, image });
    else await images.removed({ workspaceId, image });
    return removal;
  }

  /** Once, and again after it could be done meanwhile. */
  #sayRefused(engine: string, reason: string): void {
    if (this.#refused.has(engine)) return;
    this.#refused.add(engine);
    this.#options.logger.warn(
      `Images on ${engine} that nobody needs stay, and can be rolled back to: ${reason}`,
    );
  }
}
