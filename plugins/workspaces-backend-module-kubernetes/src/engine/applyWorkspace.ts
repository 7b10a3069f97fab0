import type {
  DesiredWorkspace,
  EngineContext,
  WorkspacePart,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  appOf,
  forEach,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { Endpoints } from '../endpoints/Endpoints';
import type { AppNames } from './appNames';
import type { Apps } from './apps';
import type { Dependencies } from './dependencies';
import { Places, rootAppsOf } from './places';

/** Several at once, but starting everything at once is no faster. */
const AT_A_TIME = 4;

type Report = (message: string) => void;

/** Those who make the parts of a workspace. */
export interface Makers {
  places: Places;
  dependencies: Dependencies;
  names: AppNames;
  endpoints: Endpoints;
  /** @param root - Names of the apps that run as the superuser. */
  apps(root: string[]): Apps;
  /** Removes what is there and not desired. */
  prune(desired: DesiredWorkspace, report: Report): Promise<void>;
}

/** Makes a workspace, or a part of it, as it is to be; ends when that was observed. */
export async function applyWorkspace(
  desired: DesiredWorkspace,
  part: WorkspacePart,
  { places, dependencies, names, endpoints, ...makers }: Makers,
  context: EngineContext,
  report: Report,
): Promise<void> {
  const { signal } = context;
  signal.throwIfAborted();
  const wanted =
    part.kind === 'app' ? [appOf(desired, part.app)] : desired.apps;
  const place = await places.ensure(desired, context, report);
  if (part.kind === 'place') return;
  if (part.kind !== 'app') {
    await forEach(
      desired.dependencies,
      AT_A_TIME,
      signal,
      (dependency, shared) => {
        const own = { ...context, signal: shared };
        return dependencies.bringUp(desired, dependency, own, report);
      },
    );
  }
  if (part.kind === 'dependencies') return;

  const apps = makers.apps(rootAppsOf(place));
  await forEach(wanted, AT_A_TIME, signal, async (app, shared) => {
    const own = { ...context, signal: shared };
    await names.prepare(desired.name, app, shared);
    await endpoints.admit({ workspace: desired.name, app: app.name });
    await apps.bringUp(desired, app, own, report);
    await names.give(desired.name, app, { final: false }, own);
  });
  if (part.kind !== 'all') return;
  for (const app of desired.apps) {
    await names.give(desired.name, app, { final: true }, context);
    await apps.scaleDown(desired, app, context, report);
  }
  await makers.prune(desired, report);
  places.forget(desired.name); // the run is over, or begins anew
}
