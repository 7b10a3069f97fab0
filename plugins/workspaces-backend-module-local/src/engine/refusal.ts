import { InputError } from '@backstage/errors';
import type {
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
        `dependencies: "${name}" is of type "${type}", which the local engine does not run; it runs ${abilities.dependencies.join(
          ', ',
        )}`,
      );
    }
  }
}
