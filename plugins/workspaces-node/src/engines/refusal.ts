import { InputError } from '@backstage/errors';
import type { DesiredApp, DesiredWorkspace } from '../desired';
import type { WorkspaceEngine } from '../engine';

/**
 * Refuses what the engine declares that it cannot do.
 *
 * @public
 */
export function requireAbilities(
  { dependencies }: DesiredWorkspace,
  { id, abilities }: Pick<WorkspaceEngine, 'id' | 'abilities'>,
): void {
  for (const { name, type } of dependencies) {
    if (!abilities.dependencies.includes(type)) {
      throw new InputError(
        `dependencies: "${name}" is of type "${type}", which the engine "${id}" does not run; it runs ${abilities.dependencies.join(
          ', ',
        )}`,
      );
    }
  }
}

/**
 * The app that is to be brought up.
 *
 * @public
 */
export function appOf(desired: DesiredWorkspace, name: string): DesiredApp {
  const app = desired.apps.find(candidate => candidate.name === name);
  if (app) return app;
  throw new InputError(
    `part.app: "${name}" is not an app of ${
      desired.name
    } with a release; it has ${
      desired.apps.map(candidate => candidate.name).join(', ') || 'none'
    }`,
  );
}
