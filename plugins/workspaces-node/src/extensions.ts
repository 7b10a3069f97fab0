import { createExtensionPoint } from '@backstage/backend-plugin-api';
import type { WorkspaceEngine } from './engine';
import type { ImageBuilder } from './builder';

/**
 * Where a module hands its engine, and the builder of its images, to the core.
 *
 * @public
 */
export interface WorkspaceEnginesExtensionPoint {
  /** An engine id that was added before is an error that names it. */
  addEngine(options: { engine: WorkspaceEngine; builder: ImageBuilder }): void;
}

/**
 * Reference to the extension point of engines.
 *
 * @public
 */
export const workspaceEnginesExtensionPoint =
  createExtensionPoint<WorkspaceEnginesExtensionPoint>({
    id: 'workspaces.engines',
  });
