import type { BuildRequest } from '@slipway/backstage-plugin-workspaces-node';
import type { Dockerfile } from '@slipway/backstage-plugin-workspaces-node/engines';

/** The builders of images that a cluster can be given, the best first. */
export const BUILDERS = ['buildkit', 'buildah', 'kaniko'] as const;

/** Name of a builder, as the configuration has it. */
export type BuilderName = (typeof BUILDERS)[number];

/** The Pod Security level with which all of them get along. Nothing that carries out RUN works at "restricted". */
export const POD_SECURITY = 'baseline';

/** What a builder is told of one build. */
export interface BuildTask {
  request: BuildRequest;
  /** Of the image, by their names. */
  labels: Record<string, string>;
  /** Where base images really come from, by the names that `familiarImageName` gives them. */
  images: ReadonlyMap<string, string>;
  /** As it stands in the bundle; none where the bundle has no such file. */
  dockerfile?: Dockerfile;
}

/** What a line of a builder's output says. */
export type Said =
  | {
      type: 'step';
      /** Stable within a part of the script. */
      id: string;
      name: string;
      state: 'running' | 'done' | 'cached' | 'failed';
      /** What it failed by. */
      error?: string;
      /** The builder's own, of which nobody needs to hear unless it fails. */
      hidden?: boolean;
      /** The build goes on without it. */
      mayFail?: boolean;
    }
  | { type: 'output'; step?: string; text: string }
  /** A line of the Dockerfile that the builder points at. */
  | { type: 'place'; line: number; text: string }
  /** Why the build failed. What comes after it belongs to it. */
  | { type: 'verdict'; text: string };

/** Reads the output of one part of a script, line by line. */
export type OutputReader = (line: string) => Said[];

/** What a verdict is about. */
export interface Blame {
  /** An image that could not be had. */
  image?: string;
  /** An image that could not be brought to its registry. */
  pushed?: string;
  /** The instruction, on one line as in the Dockerfile. */
  instruction?: string;
}

/** What a builder cannot do that a Dockerfile asks for. */
export interface Inability {
  /** In words that follow "cannot". */
  cannot: string;
  instruction: string;
  line: number;
}

/** How one builder builds in a pod: all that is different from the others. */
export interface Strategy {
  readonly name: BuilderName;
  /** As people read it, for example `BuildKit, rootless`. */
  readonly title: string;
  /** What people must know who build with it. */
  readonly warning?: string;
  /** What the step may do; within `POD_SECURITY`. */
  readonly securityContext: Record<string, unknown>;
  /** Where it keeps its layers: on a volume of its own. */
  readonly state: string;
  readonly environment: Record<string, string>;
  /** The same for every build. Gets BUNDLE, IMAGE, CACHE, REUSE, REGISTRY, PLAIN, WORDS and DOCKERFILE. */
  readonly script: string;
  /** The tag of its cache, where that is an image of its own; else the cache is a repository. */
  readonly cacheTag?: string;
  /** A command that succeeds where the nodes let it work. Without it, it always works. */
  readonly probe?: string[];

  /** Steps of its builds can mount secrets, and only those that mount them see them. */
  readonly mountsSecrets?: boolean;

  /** It cannot be told where base images really come from, so that its Dockerfile is changed. */
  readonly rewritesImages?: boolean;

  /**
   * The arguments of a build, beside what the script adds by itself.
   *
   * @param file - The Dockerfile: its path in the context, or where a changed one lies.
   */
  words(task: BuildTask, file: string): string[];
  /** What it would leave out or do wrong without a word. */
  inability?(task: BuildTask): Inability | undefined;
  reader(): OutputReader;
  blame(
    verdict: string,
    seen: { step?: string; dockerfile?: Dockerfile },
  ): Blame;
}
