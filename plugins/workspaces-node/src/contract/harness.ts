import type { DependencyType } from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspaceEngine } from '../engine';

/**
 * What the contract suite needs of the place where an engine's workspaces live. The suite names no
 * engine; whoever has one implements this over a real one of its kind.
 *
 * @public
 */
export interface EngineHarness {
  /** Called once before all tests. Throws a clear message if the place cannot be reached: the suite then fails. */
  start(): Promise<void>;

  /** Called once after all tests. Leaves nothing behind. */
  stop(): Promise<void>;

  /** The engine as a portal makes it at its start; each call is like another portal for the same workspaces. */
  createEngine(): WorkspaceEngine;

  /**
   * Makes an image that belongs to the workspace, as a builder would.
   *
   * @param files - Content by path, a `Dockerfile` among them.
   * @returns What a release pins.
   */
  buildImage(request: {
    workspace: string;
    app: string;
    files: Record<string, string>;
  }): Promise<string>;

  /** A pinned image, well formed, that is nowhere. */
  readonly missingImage: string;

  /** Images of the dependencies, as a portal would configure them. */
  readonly dependencyImages: Record<DependencyType, string>;

  /**
   * All that exists of a workspace, images too, in a stable order: a text for each object that
   * becomes another when the object is made anew, and stays the same as long as it lives.
   */
  inventory(workspace: string): Promise<string[]>;

  /** Ends a running replica or job behind the engine's back, and for good. */
  kill(replica: string): Promise<void>;
}
