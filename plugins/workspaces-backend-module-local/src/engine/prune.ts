import type {
  DesiredWorkspace,
  EngineContext,
} from '@slipway/backstage-plugin-workspaces-node';
import { forEach } from '@slipway/backstage-plugin-workspaces-node/engines';
import type { Containers, OwnContainer } from './containers';
import type { Networks } from './networks';

const AT_A_TIME = 8;

/** The containers of a workspace that it is not to have: other releases, what was taken out, earlier jobs. */
export function undesired(
  desired: DesiredWorkspace,
  containers: OwnContainer[],
  run: string,
): OwnContainer[] {
  return containers.filter(({ identity }) => {
    switch (identity.kind) {
      case 'app': {
        const app = desired.apps.find(({ name }) => name === identity.app);
        return (
          app?.release !== identity.release || identity.replica >= app.replicas
        );
      }
      case 'dependency':
        return !desired.dependencies.some(
          ({ name }) => name === identity.dependency,
        );
      case 'job':
        return identity.run !== run; // those of this run may still be asked for again
      default:
        return true;
    }
  });
}

/** Removes what a workspace is not to have. Its volumes stay: they go with the workspace only. */
export async function prune(
  desired: DesiredWorkspace,
  { containers, networks }: { containers: Containers; networks: Networks },
  { key, signal }: EngineContext,
  report: (message: string) => void,
): Promise<void> {
  const present = await containers.list(desired.name);
  await forEach(
    undesired(desired, present, key.run),
    AT_A_TIME,
    signal,
    async ({ name }, shared) => {
      await containers.remove(name, shared);
      report(`${name}: removed`);
    },
  );
  const wanted = networks.desiredNames(desired);
  for (const name of await networks.list(desired.name)) {
    if (!wanted.includes(name)) await networks.remove(name);
  }
}
