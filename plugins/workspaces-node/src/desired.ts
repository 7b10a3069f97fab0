import type {
  DependencyType,
  WorkspaceSize,
} from '@slipway/backstage-plugin-workspaces-common';

/**
 * A value that is never written down in clear. The engine asks the context's
 * {@link SecretResolver} for it at the moment it is needed.
 *
 * @public
 */
export interface SecretReference {
  /** Id of the stored secret. */
  id: string;
  /**
   * Text around the secret value; the value alone if absent. `{raw}` stands for the value,
   * `{uri}` for the value percent-encoded, `{adonet}` for the value quoted for an ADO.NET
   * connection string. Only the resolver interprets it.
   */
  template?: string;
}

/**
 * One environment variable: a literal or a secret.
 *
 * @public
 */
export type DesiredVariable =
  | { name: string; value: string }
  | { name: string; secret: SecretReference };

/**
 * A file with the value of a secret. Its container can read it from the start, whatever user it runs as.
 *
 * @public
 */
export interface DesiredFile {
  /** Absolute. */
  path: string;
  secret: SecretReference;
}

/**
 * What a container may use at most.
 *
 * @public
 */
export interface DesiredResources {
  /** In cores, for example 0.5. */
  cpuCores: number;
  memoryBytes: number;
  /** Processes and threads. */
  pids: number;
}

/**
 * A volume that outlives releases and is removed with the workspace.
 *
 * @public
 */
export interface DesiredVolume {
  /** Unique within its app or dependency. */
  name: string;
  mountPath: string;
  /**
   * It has room for at least so much, in GiB, where the engine limits volumes at all. If absent a new one is as large
   * as the engine makes them; one that is there stays as it is.
   */
  sizeGiB?: number;
}

/**
 * A database or cache of the workspace. Apps reach it at `name:port`.
 *
 * @public
 */
export interface DesiredDependency {
  name: string;
  type: DependencyType;
  /** Image to run, as configured. */
  image: string;
  port: number;
  /** postgres only. It must exist when the dependency is ready. */
  database?: string;
  /** postgres only. */
  username?: string;
  password: SecretReference;
  resources: DesiredResources;
  volume: DesiredVolume;
}

/**
 * One deployable of the workspace, at the release it is to run.
 *
 * @public
 */
export interface DesiredApp {
  name: string;
  /** Number of the release. */
  release: number;
  /** What to run, pinned: a repository digest or, where the engine has none, an image id. */
  image: string;
  /**
   * `os/architecture` or `os/architecture/variant` of the machines that it can run on, where the app names one. An
   * engine with machines of several kinds brings it to one that fits.
   */
  platform?: string;
  /** Instead of the image's own command. */
  command?: string[];
  replicas: number;
  /** Complete: what the app gets, PORT included. */
  environment: DesiredVariable[];
  /** Each at another path, none of them below the path of a volume. */
  files: DesiredFile[];
  /** TCP port inside the container. */
  port: number;
  /** Answers below 500 when the app is ready. */
  healthPath: string;
  resources: DesiredResources;
  volumes: DesiredVolume[];
  readOnlyRoot: boolean;
}

/**
 * What a workspace is to be: the one document between the core and an engine.
 * It is always the whole workspace; an engine renders it and never asks elsewhere.
 *
 * @public
 */
export interface DesiredWorkspace {
  /** Id of the workspace; survives a deletion. */
  id: string;
  /** Name, `ws-...`; unique among the live ones. */
  name: string;
  /** Entity ref. */
  owner: string;
  size: WorkspaceSize;
  dependencies: DesiredDependency[];
  /**
   * Apps in the release that is to run. An app without a release yet is not in the list.
   * While a release is on its way its app stands here with the new release; the one that
   * still serves is kept by the engine until an `apply` of `all` prunes it.
   */
  apps: DesiredApp[];
}

/**
 * What an `apply` brings up and waits for.
 *
 * `place` is the isolated place itself (network, namespace), `dependencies` all of them,
 * `app` one app. `all` is everything, and the only part that also removes what is not desired.
 *
 * @public
 */
export type WorkspacePart =
  | { kind: 'place' }
  | { kind: 'dependencies' }
  | { kind: 'app'; app: string }
  | { kind: 'all' };
