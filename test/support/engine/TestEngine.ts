import type { PortalOptions } from '../portal';

/** Something that a portal made on the engine and that takes room there. */
export interface Item {
  kind: string;
  /** As the engine calls it, and as a receipt does that names it. */
  name: string;
  /** What it is in its workspace: the same in another workspace, and in another run. */
  role: string;
  /** Whether a receipt names it; otherwise it goes with another item. */
  receipted: boolean;
}

/** A container of a workspace; on a cluster a pod, which has one. */
export interface Container {
  name: string;
  /** Another one for each that is made. */
  id: string;
  /** As its processes see it. */
  hostname: string;
  app?: string;
  release?: number;
  dependency?: string;
  /** Whether it is that of a job, which stays when it has ended. */
  isJob: boolean;
  startedAt: string;
  /** The image that runs in it, as stage `build` names it. */
  image: string;
}

/** Writes down what an engine makes. */
export interface Recording {
  /** How a portal must be started for what it does to be recorded. */
  portal: Pick<PortalOptions, 'dockerHost'>;
  /**
   * Roles of the containers that were made for a workspace by a run, each as often as it was made. Asked for before
   * the workspace is deleted.
   */
  made(workspace: string, run: string): Promise<string[]>;
  end(): Promise<void>;
}

/** An engine as it is seen without the portal: what one portal made there, and what can happen to it. */
export interface TestEngine {
  /**
   * Whether the portal's Gateway stands before apps, which gives them ports that they ask for, leads connections that
   * clients keep over to another release, and answers for an app that is stopped. A cluster has ways of its own.
   */
  readonly hasGateway: boolean;
  /** What a portal is told under `workspaces` so that it uses this engine. */
  readonly configuration: Record<string, unknown>;
  /** All that there is of a workspace, sorted by role. */
  inventory(workspace: string): Promise<Item[]>;
  /** Its containers, sorted by name. */
  containers(workspace: string): Promise<Container[]>;
  /** The variables that a container was made with, each as `NAME=value`. */
  environment(container: Container): Promise<Set<string>>;
  /** Whether a path is there in a running container. */
  has(container: Container, path: string): Promise<boolean>;
  /** Stops a dependency behind the back of the portal. Gives what starts it again. */
  stop(workspace: string, dependency: string): Promise<() => Promise<void>>;
  record(): Promise<Recording>;
  /** Removes everything of the portal: the tidying of a suite, whatever became of it. */
  removeAll(): Promise<void>;
}

/** The container of a release of an app. */
export async function containerOf(
  engine: TestEngine,
  workspace: string,
  app: string,
  release: number,
): Promise<Container> {
  const containers = await engine.containers(workspace);
  const found = containers.find(
    one => one.app === app && one.release === release,
  );
  if (!found)
    throw new Error(
      `${app} r${release} has no container among ${containers
        .map(({ name }) => name)
        .join(', ')}`,
    );
  return found;
}

/** Names of what runs in a workspace, without what differs from run to run: `web r2`, `postgres`. */
export async function runningParts(
  engine: TestEngine,
  workspace: string,
): Promise<string[]> {
  return (await engine.containers(workspace))
    .filter(({ isJob }) => !isJob)
    .map(({ app, release, dependency }) => dependency ?? `${app} r${release}`)
    .sort();
}
