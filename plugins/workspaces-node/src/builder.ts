import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Readable } from 'node:stream';
import type { EngineContext, WorkKey } from './context';
import type { SecretReference } from './desired';
import type { RawCheck } from './failure';

/**
 * What a builder cannot do, declared.
 *
 * @public
 */
export interface BuilderAbilities {
  /** Mount secrets into steps of the build. */
  secrets: boolean;
}

/**
 * A secret that instructions of the Dockerfile may mount, `RUN --mount=type=secret,id=<name>`.
 *
 * @public
 */
export interface BuildSecret {
  /** The id by which the Dockerfile names it: letters, digits, `.`, `_` and `-`. */
  name: string;
  /** What the resolver gives the value for, at the moment it is needed. */
  secret: SecretReference;
  /** That of the resolver: it changes when the value changes, and says nothing about it. */
  version: string;
}

/**
 * What to build.
 *
 * @public
 */
export interface BuildRequest {
  workspace: string;
  app: string;
  /** Repository of the image without registry and tag: `imageRepository` of the common package. */
  repository: string;
  /** A fresh stream of the bundle, a plain tar whose root is the build context. */
  bundle(): Readable;
  /** sha256 of that tar, as 64 hexadecimal digits. */
  bundleDigest: string;
  /** Relative to the build context. */
  dockerfile: string;
  /** Every image that a FROM of the Dockerfile names and that is no stage of it. */
  baseImages: string[];
  target?: string;
  arguments: { name: string; value: string }[];
  /** The value never becomes part of the image by itself, of a log, or of what tells one build from another. */
  secrets: BuildSecret[];
  /** `os/architecture` or `os/architecture/variant`; that of the machine that builds if absent. */
  platform?: string;
  noCache: boolean;
}

/**
 * A step of the build as the builder counts it.
 *
 * @public
 */
export interface BuildStep {
  /** Stable within the build. */
  id: string;
  /** For example `[2/5] RUN npm ci`. */
  name: string;
  state: 'running' | 'done' | 'cached' | 'failed';
}

/**
 * What a build did. The last event is `image`; a build that failed throws an `EngineError`
 * whose evidence names the failing instruction in its facts.
 *
 * @public
 */
export type BuildEvent =
  | { type: 'step'; step: BuildStep }
  | { type: 'log'; at: Date; text: string }
  | { type: 'image'; image: string; digest: string; builder?: BuiltBy };

/**
 * Which builder made an image, where an engine has several.
 *
 * @public
 */
export interface BuiltBy {
  /** As people read it. */
  name: string;
  /** Why that one, in words that follow "because". */
  why?: string;
  /** What people must know who build with it. */
  warning?: string;
}

/**
 * Makes an image of a bundle.
 *
 * @public
 */
export interface ImageBuilder {
  readonly abilities: BuilderAbilities;
  check(context: {
    signal: AbortSignal;
    logger: LoggerService;
  }): AsyncIterable<RawCheck>;
  /** An image that was already built for the same key and bundle is adopted. */
  build(
    request: BuildRequest,
    context: EngineContext,
  ): AsyncIterable<BuildEvent>;
  /** Stops the build of that key. Nothing to stop is no error. */
  cancel(key: WorkKey): Promise<void>;
}
