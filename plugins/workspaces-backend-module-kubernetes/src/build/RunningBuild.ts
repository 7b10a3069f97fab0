import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  BuildEvent,
  BuildRequest,
} from '@slipway/backstage-plugin-workspaces-node';
import type { Dockerfile } from '@slipway/backstage-plugin-workspaces-node/engines';
import type { Cluster } from '../client';
import type { OciRegistry } from '../registry';
import type { BuildSecrets } from './BuildSecrets';
import { FollowedBuild } from './FollowedBuild';
import { imageEvent } from './MadeImages';
import { withSources } from './strategies';
import { builderOf, resultOf, TASK_RUN, TaskRun } from './taskRun';
import { withoutDigest } from './taskRunFailure';
import type { TaskRuns } from './TaskRuns';
import { TaskRunWatch } from './TaskRunWatch';

/** What a builder follows its builds with. */
export interface BuildTools {
  cluster: Cluster;
  registry: OciRegistry;
  runs: TaskRuns;
  secrets: BuildSecrets;
  /** Where images really come from, by the names that `familiarImageName` gives them. */
  images: ReadonlyMap<string, string>;
  logger: LoggerService;
}

/** A build that is followed here. */
export class RunningBuild {
  readonly cancellation = new AbortController();
  /** Resolves when whoever reads it has heard of its end. */
  readonly ended: Promise<void>;
  readonly end: () => void;
  readonly #tools: BuildTools;
  #followed?: FollowedBuild;

  constructor(tools: BuildTools) {
    this.#tools = tools;
    let end = () => {};
    this.ended = new Promise<void>(resolve => (end = resolve));
    this.end = end;
  }

  /** Once its TaskRun is there. */
  get followed(): FollowedBuild | undefined {
    return this.#followed;
  }

  /** Follows its TaskRun to the end. */
  async *outcome(
    run: TaskRun,
    request: BuildRequest,
    dockerfile: Dockerfile | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<BuildEvent> {
    const { cluster, registry, images, logger } = this.#tools;
    const { name = '', namespace = '' } = run.metadata;
    const { strategy, why } = builderOf(run);
    const place = { namespace, name };
    const watch = new TaskRunWatch(cluster, place, { logger, signal });
    try {
      const followed = new FollowedBuild(cluster, watch, {
        strategy,
        dockerfile: dockerfile && {
          written: dockerfile,
          built: strategy.rewritesImages
            ? withSources(dockerfile, images)
            : dockerfile,
        },
        signal,
      });
      this.#followed = followed;
      const ended = yield* this.#follow(followed, place, request, signal);
      const digest = resultOf(ended, 'IMAGE_DIGEST');
      if (!digest) throw withoutDigest(ended, followed.log);
      const { title, warning } = strategy;
      const builder = { name: title, why, warning };
      yield imageEvent(registry, request.repository, digest, builder);
    } finally {
      watch.end();
    }
  }

  /**
   * One that will never begin is not left behind: it would keep what it has of the quota. Its secrets go with its end,
   * but not because nobody watches any more.
   */
  async *#follow(
    followed: FollowedBuild,
    place: { namespace: string; name: string },
    request: BuildRequest,
    signal: AbortSignal,
  ): AsyncGenerator<BuildEvent, TaskRun> {
    const { runs, secrets } = this.#tools;
    const isMounting = request.secrets.length > 0;
    try {
      const ended = yield* followed.events(place.name);
      if (isMounting) await secrets.remove(place);
      return ended;
    } catch (error) {
      signal.throwIfAborted();
      if (followed.hasGivenUp)
        await runs.cancel({ ...TASK_RUN, metadata: place });
      if (isMounting) await secrets.remove(place);
      throw error;
    }
  }
}
