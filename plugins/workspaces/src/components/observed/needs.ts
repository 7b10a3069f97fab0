import type {
  App,
  Dependency,
  Drift,
  Endpoint,
  Run,
  RunSummary,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import type { State } from '../StateLabel';
import { appStanding, dependencyStanding, desiredReplicas } from './standing';

/** Something of a workspace that somebody has to look after. */
export type Need =
  | { kind: 'absent'; state: State }
  | { kind: 'run'; state: State; run: RunSummary }
  | { kind: 'app'; state: State; app: App }
  | { kind: 'dependency'; state: State; dependency: Dependency }
  | { kind: 'endpoint'; state: State; endpoint: Endpoint }
  | { kind: 'drift'; state: State; drift: Drift };

const alarming: ReadonlySet<State> = new Set<State>([
  'down',
  'failed',
  'restarting',
  'degraded',
  'warning',
]);

/**
 * What of a workspace needs action, by what was observed; what is unknown does not.
 *
 * @param now - Milliseconds.
 */
export function needsAction(
  seen: { workspace: Workspace; endpoints: Endpoint[]; lastRun?: RunSummary },
  now: number,
): Need[] {
  const { workspace, endpoints, lastRun } = seen;
  const deployed = workspace.apps.some(app => app.release !== undefined);
  const needs: Need[] = [];
  if (lastRun?.state === 'failed')
    needs.push({ kind: 'run', state: 'failed', run: lastRun });
  if (workspace.present === false && deployed)
    return [{ kind: 'absent', state: 'down' }, ...needs];
  for (const app of workspace.apps) {
    // Why an app never served is said of its run.
    if (app.release === undefined) continue;
    needs.push({ kind: 'app', state: appStanding(app, workspace, now), app });
  }
  for (const dependency of workspace.dependencies) {
    const state = dependencyStanding(dependency, workspace);
    needs.push({ kind: 'dependency', state, dependency });
  }
  for (const endpoint of endpoints) {
    const app = workspace.apps.find(({ name }) => name === endpoint.app);
    // An app that was scaled to nothing is not expected to answer.
    if (app && desiredReplicas(app) > 0)
      needs.push({ kind: 'endpoint', state: endpoint.state, endpoint });
  }
  for (const drift of workspace.drift ?? [])
    needs.push({ kind: 'drift', state: 'warning', drift });
  return needs.filter(({ state }) => alarming.has(state));
}

/** What a list says of a run. */
export function summaryOf(run: Run): RunSummary {
  const { id, number, kind, state, apps, createdBy, createdAt } = run;
  return {
    id,
    number,
    kind,
    state,
    apps,
    createdBy,
    createdAt,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    code: run.diagnosis?.code,
    cause: run.diagnosis?.cause,
  };
}
