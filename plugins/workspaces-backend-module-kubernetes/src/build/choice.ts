import { randomBytes } from 'node:crypto';
import type { LoggerService } from '@backstage/backend-plugin-api';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { failure } from '@slipway/backstage-plugin-workspaces-node/engines';
import type { Cluster } from '../client';
import { FollowedBuild } from './FollowedBuild';
import { BUILD_PLACE } from './place';
import { BUILD_STEP, BuilderName, strategies, Strategy } from './strategies';
import { POD_TEMPLATE, TASK_RUN, TaskRun } from './taskRun';
import { TaskRunWatch } from './TaskRunWatch';

/** A builder and the image that has it. */
export interface Builder {
  strategy: Strategy;
  image: string;
}

/** The builder of a cluster, and why it is that one: words that follow "because". */
export interface ChosenBuilder extends Builder {
  why: string;
}

/** Which builders a cluster may use. */
export interface BuilderSettings {
  /** The first of `builders` that works, or that one whatever the nodes let it do. */
  wanted: BuilderName | 'auto';
  /** The best first. */
  builders: Builder[];
}

/** Long enough to pull the image of a builder. */
const TIMEOUT = '5m0s';

/** What the kernel or the container runtime says where nobody may make namespaces, by rootlesskit and by buildah. */
const NO_NAMESPACES =
  /fork\/exec \/proc\/self\/exe: operation not permitted|newuidmap.*: write to uid_map failed: Operation not permitted|unshare\(CLONE_NEWUSER\): Operation not permitted/;

/** What a builder said where a node does not let it work; nothing where it failed by something else. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof EngineError)) return undefined;
  for (const { text } of error.evidence) {
    const [said] = NO_NAMESPACES.exec(text) ?? [];
    if (said !== undefined) return said;
  }
  return undefined;
}

/** Chooses the builder of a cluster, and remembers it until a build shows that it was wrong. */
export class BuilderChoice {
  readonly #cluster: Cluster;
  readonly #settings: BuilderSettings;
  readonly #logger: LoggerService;
  #tried?: ChosenBuilder;

  constructor(options: {
    cluster: Cluster;
    settings: BuilderSettings;
    logger: LoggerService;
  }) {
    this.#cluster = options.cluster;
    this.#settings = options.settings;
    this.#logger = options.logger;
  }

  /** The choice as far as it is known without trying. */
  get known(): ChosenBuilder | undefined {
    const { wanted, builders } = this.#settings;
    const named = builders.find(({ strategy }) => strategy.name === wanted);
    if (named) return { ...named, why: 'the configuration names it' };
    return this.#tried;
  }

  /** In the order in which they are tried. */
  get candidates(): readonly Builder[] {
    return this.#settings.builders;
  }

  /** Forgets what was tried: nodes have changed since. */
  forget(): void {
    this.#tried = undefined;
  }

  /** The builder for a build. Where there is but one, the build itself shows whether it works. */
  async forBuild(
    place: ProbePlace,
    signal: AbortSignal,
  ): Promise<ChosenBuilder> {
    const [only, ...others] = this.candidates;
    if (this.known) return this.known;
    return others.length === 0
      ? { ...only, why: 'no other is configured' }
      : this.try(place, signal);
  }

  /** Lets each builder begin in a pod, until one works. */
  async try(place: ProbePlace, signal: AbortSignal): Promise<ChosenBuilder> {
    const refused: string[] = [];
    let last: unknown;
    for (const builder of this.candidates) {
      const { strategy } = builder;
      try {
        await this.#probe(builder, place, signal);
        const why = [
          strategy.probe
            ? 'the nodes let it work'
            : 'it needs nothing of the nodes',
          ...refused,
        ].join('; ');
        this.#logger.info(`Images are built with ${strategy.title}: ${why}`);
        this.#tried = { ...builder, why };
        return this.#tried;
      } catch (error) {
        const said = refusalOf(error);
        if (said === undefined) throw error;
        refused.push(`${strategy.title} is refused by the nodes (${said})`);
        last = error;
      }
    }
    const evidence = last instanceof EngineError ? last.evidence : [];
    throw failure(`No builder works: ${refused.join('; ')}`, evidence, last);
  }

  async #probe(
    { strategy, image }: Builder,
    place: ProbePlace,
    signal: AbortSignal,
  ): Promise<void> {
    if (!strategy.probe) return;
    const name = `probe-${strategy.name}-${randomBytes(4).toString('hex')}`;
    const run = renderProbe({ strategy, image }, { ...place, name });
    const where = { namespace: place.namespace, name };
    await this.#cluster.apply(run, { signal });
    const watch = new TaskRunWatch(this.#cluster, where, {
      logger: this.#logger,
      signal,
    });
    try {
      const followed = new FollowedBuild(this.#cluster, watch, {
        strategy,
        signal,
      });
      for await (const _ of followed.events(name)) signal.throwIfAborted();
    } finally {
      watch.end();
      await this.#cluster.delete({ ...TASK_RUN, ...where });
    }
  }
}

/** A namespace of builds, and the labels of what is in it. */
export interface ProbePlace {
  namespace: string;
  labels: Record<string, string>;
}

function renderProbe(
  { strategy, image }: Builder,
  { namespace, labels, name }: ProbePlace & { name: string },
): TaskRun {
  return {
    ...TASK_RUN,
    metadata: { name, namespace, labels },
    spec: {
      serviceAccountName: BUILD_PLACE,
      timeout: TIMEOUT,
      podTemplate: POD_TEMPLATE,
      taskSpec: {
        volumes: [{ name: 'state', emptyDir: {} }],
        steps: [
          {
            name: BUILD_STEP,
            image,
            command: strategy.probe,
            env: Object.entries(strategy.environment).map(([key, value]) => ({
              name: key,
              value,
            })),
            volumeMounts: [{ name: 'state', mountPath: strategy.state }],
            computeResources: { requests: { cpu: '50m', memory: '64Mi' } },
            securityContext: strategy.securityContext,
          },
        ],
      },
    },
  };
}

/** The builders that have an image, the best first. */
export function buildersOf(
  images: Partial<Record<BuilderName, string>>,
): Builder[] {
  return Object.values(strategies).flatMap(strategy => {
    const image = images[strategy.name];
    return image ? [{ strategy, image }] : [];
  });
}
