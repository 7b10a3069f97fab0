import type { Alongside, StageContext } from '../stage';
import { replicasOf, servingRelease } from './release';

type Needed = Pick<StageContext, 'run' | 'app' | 'services'>;

/** Releases that this run made of the app and that never served have failed. */
export async function failCandidates(context: Needed): Promise<Alongside> {
  const { run, app, services } = context;
  const releases = await services.workspaces.releases(run.workspace_id, app);
  const candidates = releases.filter(
    release => release.run_id === run.id && release.state === 'candidate',
  );
  return async trx => {
    for (const { number } of candidates) {
      await services.workspaces.failRelease(run.workspace_id, app, number, trx);
    }
  };
}

/** The endpoint of the app leads to the release that was verified last, or nowhere if none was. */
export async function fallBack(context: Needed): Promise<Alongside> {
  const { run, app, services } = context;
  const endpoint = await services.endpoints.find(run.workspace_id, app);
  if (endpoint) {
    const serving = await servingRelease(context);
    const target = serving
      ? { release: serving.number, replicas: replicasOf(serving) }
      : null;
    await services.endpoints.switchTo(run.workspace_id, app, target);
  }
  return failCandidates(context);
}
