import {
  LastExit,
  labels,
  ReplicaState,
} from '@slipway/backstage-plugin-workspaces-common';
import type {
  ReplicaObservation,
  WorkspaceObservation,
} from '@slipway/backstage-plugin-workspaces-node';
import { Pod, containerStatus } from '../client';
import { CONTAINER } from './names';
import type { Usage } from './usage';
import { ContainerExit, exitOf, isoOf } from './verdict';
import { byAge } from './watch';

/** What there is of a workspace, by its pods. */
export function observationOf(
  workspace: string,
  pods: Pod[],
  present: boolean,
  usage: (pod: Pod) => Usage | undefined,
): WorkspaceObservation {
  const apps = new Map<string, ReplicaObservation[]>();
  const dependencies: WorkspaceObservation['dependencies'] = [];
  for (const pod of [...pods].sort(byAge)) {
    const found = pod.metadata.labels ?? {};
    const app = found[labels.app];
    const dependency = found[labels.dependency];
    const seen = replicaOf(pod);
    if (app && found[labels.release]) {
      const release = Number(found[labels.release]);
      const replicas = apps.get(app) ?? [];
      replicas.push({ release, ...seen, ...usage(pod) });
      apps.set(app, replicas);
    } else if (dependency) {
      const { state, restarts, lastExit } = seen;
      dependencies.push({
        name: dependency,
        state,
        restarts,
        ...(lastExit ? { lastExit } : {}),
      });
    }
  }
  return {
    workspace,
    at: new Date().toISOString(),
    present,
    apps: [...apps]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, replicas]) => ({ name, replicas })),
    dependencies: dependencies.sort((a, b) => a.name.localeCompare(b.name)),
  };
}

function replicaOf(pod: Pod): Omit<ReplicaObservation, 'release'> {
  const status = containerStatus(pod, CONTAINER);
  const running = status?.state?.running;
  const startedAt = isoOf(running?.startedAt);
  const lastExit = lastExitOf(pod, status && exitOf(status));
  return {
    id: pod.metadata.name ?? '',
    state: replicaState(pod),
    restarts: status?.restartCount ?? 0,
    ...(startedAt ? { startedAt } : {}),
    ...(lastExit ? { lastExit } : {}),
  };
}

/** What the cluster's words for the state of a pod mean for a replica. */
export function replicaState(pod: Pod): ReplicaState {
  const { phase, reason } = pod.status ?? {};
  const status = containerStatus(pod, CONTAINER);
  const state = status?.state;
  if (reason === 'NodeLost' || phase === 'Unknown') return 'unknown';
  if (state?.running) return 'running';
  if (pod.metadata.deletionTimestamp) return 'stopped';
  if (phase === 'Succeeded') return 'stopped';
  if (phase === 'Failed') return 'failed';
  if (!status || (status.restartCount === 0 && !state?.terminated)) {
    return hasFailedToStart(state?.waiting?.reason) ? 'failed' : 'starting';
  }
  return 'restarting';
}

function hasFailedToStart(reason = ''): boolean {
  return /^(Err|ImagePull|Invalid|Create.*Error|RunContainerError)/.test(
    reason,
  );
}

function lastExitOf(
  pod: Pod,
  exit: ContainerExit | undefined,
): LastExit | undefined {
  if (!exit) return undefined;
  const { exitCode, at } = exit;
  return {
    reason: exitReason(pod, exit),
    exitCode,
    ...(at === undefined ? {} : { at }),
  };
}

/** Whatever a process says when it is told to go, it was ended from outside. */
function exitReason(pod: Pod, { exitCode, outOfMemory }: ContainerExit) {
  if (outOfMemory) return 'out of memory';
  if (pod.metadata.deletionTimestamp || pod.status?.reason) return 'killed';
  if (exitCode === 0) return 'completed';
  return exitCode === 137 || exitCode === 143 ? 'killed' : 'error';
}
