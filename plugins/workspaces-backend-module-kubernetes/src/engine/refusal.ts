import { InputError } from '@backstage/errors';
import type {
  DesiredApp,
  DesiredWorkspace,
  EngineAbilities,
} from '@slipway/backstage-plugin-workspaces-node';

/** Refuses what the engine declares that it cannot do. */
export function requireAbilities(
  { dependencies }: DesiredWorkspace,
  abilities: EngineAbilities,
): void {
  for (const { name, type } of dependencies) {
    if (!abilities.dependencies.includes(type)) {
      throw new InputError(
        `dependencies: "${name}" is of type "${type}", which the engine on Kubernetes does not run; it runs ${abilities.dependencies.join(
          ', ',
        )}`,
      );
    }
  }
}

/** The app that is to be brought up. */
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
