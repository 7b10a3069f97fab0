import type {
  DependencyType,
  LastExit,
  Plan,
  Receipt,
  ReplicaState,
} from '@slipway/backstage-plugin-workspaces-common';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { EngineContext, WorkKey } from './context';
import type { RawCheck } from './failure';
import type {
  DesiredFile,
  DesiredVariable,
  DesiredResources,
  DesiredWorkspace,
  WorkspacePart,
} from './desired';

/**
 * What an engine cannot do, declared. The contract suite asserts that it refuses
 * what it declares it cannot do.
 *
 * @public
 */
export interface EngineAbilities {
  dependencies: readonly DependencyType[];
  readOnlyRoot: boolean;
  volumes: boolean;
  /** More than one replica of an app. */
  replicas: boolean;
  /** Networks of two workspaces cannot reach each other. */
  isolation: boolean;
  /** Stable ports are bound by the portal's Gateway, which forwards to `addresses`; else the engine has to `publish` apps. */
  gateway: boolean;
}

/**
 * One step of an `apply`, for the log of the stage.
 *
 * @public
 */
export interface Progress {
  message: string;
}

/**
 * A command to run to its end in a container of the workspace.
 *
 * @public
 */
export interface EngineJob {
  workspace: string;
  app: string;
  image: string;
  /** As of its app. */
  platform?: string;
  command: string[];
  environment: DesiredVariable[];
  /** As of its app. */
  files: DesiredFile[];
  resources: DesiredResources;
}

/**
 * What a job did. The last event is `exit`; a job that could not run throws an `EngineError`.
 *
 * @public
 */
export type JobEvent =
  | { type: 'started' }
  | { type: 'log'; at: Date; text: string }
  | { type: 'exit'; exitCode: number; outOfMemory: boolean };

/**
 * A container of an app, as it was seen.
 *
 * @public
 */
export interface ReplicaObservation {
  id: string;
  release: number;
  state: ReplicaState;
  restarts: number;
  startedAt?: string;
  lastExit?: LastExit;
  cpuCores?: number;
  memoryBytes?: number;
}

/**
 * A dependency, as it was seen.
 *
 * @public
 */
export interface DependencyObservation {
  name: string;
  state: ReplicaState;
  restarts: number;
  lastExit?: LastExit;
}

/**
 * Something of a workspace that somebody else than the portal has changed, or removed, since it was applied.
 *
 * @public
 */
export interface DriftObservation {
  /** For example `Deployment web-r3`. */
  object: string;
  /** For example `spec.replicas`; absent where the object itself is missing. */
  field?: string;
  /** What was applied; absent where somebody has added it, which whatever run comes next leaves as it is. */
  expected?: string;
  /** What is there; absent where nothing is. */
  found?: string;
  /** Who has changed it, as the engine knows them; absent where it does not. */
  by?: string;
  /** When they last changed something, or since when it is seen to be missing; ISO 8601, UTC. */
  at?: string;
}

/**
 * All that the engine sees of one workspace at one moment. It replaces what was said
 * of that workspace before; `present` false says that nothing is left of it.
 *
 * @public
 */
export interface WorkspaceObservation {
  workspace: string;
  /** ISO 8601, UTC. */
  at: string;
  present: boolean;
  apps: { name: string; replicas: ReplicaObservation[] }[];
  dependencies: DependencyObservation[];
  /** Absent where the engine does not know. */
  drift?: DriftObservation[];
}

/**
 * What an engine's stream says: a workspace as it is, or that the engine itself cannot
 * be seen, from when on and why. After `unreachable` nothing is known of its workspaces
 * until they are said again. `complete` follows once all of them have been looked at, at the
 * beginning, after `unreachable` and from time to time: then all that was said still holds, and
 * of a workspace that was not said nothing is left.
 *
 * @public
 */
export type Observation =
  | { type: 'workspace'; workspace: WorkspaceObservation }
  | { type: 'complete'; at: string }
  | { type: 'unreachable'; since: string; reason: string };

/**
 * Which output to read.
 *
 * @public
 */
export interface LogSelector {
  workspace: string;
  app: string;
  /** All replicas of all releases if absent. */
  release?: number;
  /** Only lines after this moment. */
  since?: Date;
  /** Stay and yield new lines until aborted; also from replicas that start later. */
  follow: boolean;
}

/**
 * A line of an app's output.
 *
 * @public
 */
export interface EngineLogLine {
  at: Date;
  replica: string;
  release: number;
  text: string;
}

/**
 * Where the portal reaches one replica.
 *
 * @public
 */
export interface Address {
  host: string;
  port: number;
  replica: string;
  /** Its place among the replicas of the release, from 0. Where fewer are wanted the last ones are removed. */
  index: number;
}

/**
 * What became of an image that was to be removed. After `refused` it is there as before: nobody, or not the
 * portal, may remove any.
 *
 * @public
 */
export type ImageRemoval =
  | { outcome: 'removed' | 'absent' }
  | { outcome: 'refused'; reason: string };

/**
 * What an engine puts right itself when a user asks it to, beyond what every run makes so.
 *
 * @public
 */
export interface EngineFixes {
  /** By their ids, which rules of the diagnosis name. */
  readonly offered: Readonly<
    Record<
      string,
      {
        title: string;
        scope: 'workspace' | 'engine';
        /** What a failure must say for it to help, for example which registry is concerned. */
        facts?: Readonly<Record<string, string>>;
      }
    >
  >;

  /**
   * Applies one of them and ends when that was observed; applied twice it changes nothing more.
   * Fails with an `EngineError` as `apply` of a workspace does.
   */
  apply(
    fix: string,
    context: {
      /** Whose run has failed; absent where no run has, which only fixes of the scope `engine` are asked for. */
      workspace?: { id: string; name: string };
      signal: AbortSignal;
      logger: LoggerService;
    },
  ): AsyncIterable<Progress>;
}

/**
 * Where workspaces live. One verb: make it so. Every method can be repeated after a crash, at any point.
 *
 * Failures are `EngineError`s with raw evidence. What an engine declares not to be able to do it
 * refuses with an `InputError` that names it, before it touches anything.
 *
 * @public
 */
export interface WorkspaceEngine {
  /** For example `local`. */
  readonly id: string;
  readonly abilities: EngineAbilities;
  /** Absent where there are none. */
  readonly fixes?: EngineFixes;

  /** Preflight: what must hold before a run can succeed. Never throws; a check that could not be made is `unknown`. */
  check(context: {
    signal: AbortSignal;
    logger: LoggerService;
  }): AsyncIterable<RawCheck>;

  /**
   * What `apply` of `all` would change. Touches nothing.
   *
   * @param app - All that is asked about; what concerns others may be left out.
   */
  plan(
    desired: DesiredWorkspace,
    context: EngineContext,
    app?: string,
  ): Promise<Plan['changes']>;

  /**
   * Makes it so, and ends when that was observed: dependencies answered a login, an app's replicas answered
   * on their health path. A new release comes up beside the one that runs, which stays untouched until an
   * `apply` of `all`; so do replicas beyond the wanted number. Those that are as wanted are left alone. Ends with an `EngineError` as soon as it is certain that it will not come to be.
   */
  apply(
    desired: DesiredWorkspace,
    part: WorkspacePart,
    context: EngineContext,
  ): AsyncIterable<Progress>;

  /** Runs a job to its end. A job of the same key that runs or has ended is adopted, its log from the start. */
  runJob(job: EngineJob, context: EngineContext): AsyncIterable<JobEvent>;

  /** One stream for all workspaces: each as it is now, then again whenever it changed, until aborted. */
  observe(context: {
    signal: AbortSignal;
    logger: LoggerService;
  }): AsyncIterable<Observation>;

  logs(
    selector: LogSelector,
    context: { signal: AbortSignal; logger: LoggerService },
  ): AsyncIterable<EngineLogLine>;

  /** Where the replicas of a release are reached that run now; empty if none does. */
  addresses(target: {
    workspace: string;
    app: string;
    release: number;
  }): Promise<Address[]>;

  /**
   * Leads the public address of an app to a release, and says where it is; it stays the same as long as
   * the app has one. `null` takes it away. There exactly where `abilities.gateway` is false.
   */
  publish?(endpoint: {
    workspace: string;
    app: string;
    /** Inside the container. */
    port: number;
    /** The first replicas of a release get requests, so many. */
    target: { release: number; replicas: number } | null;
  }): Promise<{ url: string } | undefined>;

  /**
   * Removes an image that was built for an app of a workspace. Absent where images stay until the workspace is
   * destroyed. Fails where it is not known whether the image is gone; it can be asked again.
   *
   * @param image - As the build has named it, by its digest.
   */
  removeImage?(
    image: string,
    context: { signal: AbortSignal },
  ): Promise<ImageRemoval>;

  /** Stops the work of that key, from any replica, also after a crash. Nothing to stop is no error. */
  cancel(key: WorkKey): Promise<void>;

  /** Removes everything of the workspace; what is already absent is no error. */
  destroy(
    workspace: { id: string; name: string },
    context: EngineContext,
  ): Promise<Receipt>;
}
