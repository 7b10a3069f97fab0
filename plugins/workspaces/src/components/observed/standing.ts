import type {
  App,
  Dependency,
  Replica,
  ReplicaState,
  RunSummary,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import type { State } from '../StateLabel';

/** An app that was restarted within this time is not steady yet. */
const STEADY_MILLISECONDS = 10 * 60_000;

/** How one replica, or a dependency, is said to stand. */
export function replicaStanding(state: ReplicaState): State {
  return state === 'running' ? 'up' : state;
}

/** Replicas of the release that serves; a release on its way in is not among them. */
export function servingReplicas(app: App): Replica[] {
  return app.replicas.filter(
    ({ release = app.release }) => release === app.release,
  );
}

/** How many replicas there are to be. */
export function desiredReplicas(app: App): number {
  return app.spec.replicas ?? 1;
}

/** The replica of those that serve which ended last, and was started again or not. */
export function lastEnded(app: App): Replica | undefined {
  const ended = servingReplicas(app).filter(({ lastExit }) => lastExit);
  return ended.sort((a, b) =>
    (b.lastExit?.at ?? '').localeCompare(a.lastExit?.at ?? ''),
  )[0];
}

/** The newest run of an app that nothing serves, where it ended and left it so. */
export function runInVain(
  app: App,
  workspace: Workspace,
): RunSummary | undefined {
  const { lastRun } = workspace;
  if (app.release !== undefined || !lastRun || lastRun.kind === 'delete')
    return undefined;
  const ended = lastRun.state === 'failed' || lastRun.state === 'cancelled';
  return ended && lastRun.apps.includes(app.name) ? lastRun : undefined;
}

/**
 * How an app stands, by what the engine sees of the release that serves; where none does, by what
 * became of the run that was to change that.
 *
 * @param now - Milliseconds.
 */
export function appStanding(
  app: App,
  workspace: Workspace,
  now: number,
): State {
  if (app.release === undefined)
    return runInVain(app, workspace)?.state ?? 'pending';
  if (workspace.present === undefined) return 'unknown';
  const replicas = servingReplicas(app);
  const desired = desiredReplicas(app);
  const count = (state: ReplicaState) =>
    replicas.filter(replica => replica.state === state).length;
  const up = count('running');
  if (desired === 0 && up === 0) return 'stopped';
  const starting = count('starting') > 0;
  const failing = count('restarting') + count('failed') > 0;
  if (up === 0) return starting && !failing ? 'starting' : 'down';
  if (failing || replicas.some(replica => wasRestarted(replica, now)))
    return 'degraded';
  if (up < desired) return starting ? 'starting' : 'degraded';
  return 'up';
}

function wasRestarted({ restarts, lastExit }: Replica, now: number): boolean {
  const at = lastExit?.at;
  return (
    restarts > 0 &&
    at !== undefined &&
    now - Date.parse(at) < STEADY_MILLISECONDS
  );
}

/** How a dependency stands: one that no app has been deployed beside need not be there yet. */
export function dependencyStanding(
  dependency: Dependency,
  workspace: Workspace,
): State {
  const deployed = workspace.apps.some(app => app.release !== undefined);
  if (dependency.state === 'stopped') return deployed ? 'down' : 'pending';
  return replicaStanding(dependency.state);
}

/** From what needs a look first to what is well. */
const order: readonly State[] = [
  'down',
  'failed',
  'restarting',
  'degraded',
  'unknown',
  'starting',
  'up',
  'stopped',
  'cancelled',
];

/**
 * How a workspace stands: the worst of its apps and dependencies; pending before the first run ended.
 *
 * @param now - Milliseconds.
 */
export function workspaceStanding(workspace: Workspace, now: number): State {
  const states = [
    ...workspace.apps.map(app => appStanding(app, workspace, now)),
    ...workspace.dependencies.map(dependency =>
      dependencyStanding(dependency, workspace),
    ),
  ];
  return order.find(state => states.includes(state)) ?? 'pending';
}
