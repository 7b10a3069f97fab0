import type {
  EngineError,
  RawEvidence,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { ClusterError, isNotFound } from '../client';
import { clusterFailure, textOf } from '../failures';
import type { BuildLog } from './BuildLog';
import { buildFailure, BuiltDockerfile } from './buildFailure';
import { conditionOf, TaskRun } from './taskRun';

/** What Tekton says of a TaskRun, in one line. */
export function conditionText(run: TaskRun): string {
  const { reason = 'Unknown', message = '' } = conditionOf(run) ?? {};
  return `${reason}: ${message}`;
}

/** The condition as evidence, with what the step ended with. */
function stateEvidence(run: TaskRun): RawEvidence {
  const { reason, lastTransitionTime } = conditionOf(run) ?? {};
  const ended = run.status?.steps?.find(({ terminated }) => terminated);
  const exitCode = ended?.terminated?.exitCode;
  const outOfMemory =
    reason?.endsWith('OOM') || ended?.terminated?.reason === 'OOMKilled';
  return evidenceOf('state', run.metadata.name ?? '', conditionText(run), {
    at: lastTransitionTime,
    facts: {
      reason: reason ?? 'Unknown',
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(outOfMemory ? { outOfMemory } : {}),
    },
  });
}

/** The end of the output; none where nothing was said. */
function logEvidence(run: TaskRun, log: BuildLog): RawEvidence[] {
  const text = log.lastLines.join('\n');
  return text === '' ? [] : [evidenceOf('log', run.metadata.name ?? '', text)];
}

/**
 * Why a TaskRun failed. What the builder said goes first where it had its say; else what was seen while nothing
 * went on, such as an image that could not be pulled, then how Tekton ended it.
 */
export function taskRunFailure(
  run: TaskRun,
  seen: { log: BuildLog; signs: RawEvidence[]; dockerfile?: BuiltDockerfile },
): EngineError {
  const { log, signs, dockerfile } = seen;
  const { reason } = conditionOf(run) ?? {};
  if (log.verdict && reason !== 'TaskRunCancelled' && reason !== 'StepOOM') {
    const { message, evidence } = buildFailure(log, dockerfile);
    return failure(message, [...evidence, stateEvidence(run)]);
  }
  const message =
    reason === 'TaskRunCancelled'
      ? 'The build was cancelled'
      : `The build failed: ${conditionText(run)}`;
  return failure(message, [
    ...signs,
    stateEvidence(run),
    ...logEvidence(run, log),
  ]);
}

/** A TaskRun that succeeded and left nothing: Tekton does not mind a result that was never written. */
export function withoutDigest(run: TaskRun, log: BuildLog): EngineError {
  const text = 'The build succeeded, but left no IMAGE_DIGEST';
  const state = stateEvidence(run);
  return failure(text, [
    { ...state, text: `${state.text}; no result IMAGE_DIGEST` },
    ...logEvidence(run, log),
  ]);
}

/** A TaskRun that was there while it was followed. */
export function removedBehindUs(name: string, signs: RawEvidence[]) {
  const text = `The TaskRun ${name} was removed while it ran`;
  return failure(text, [...signs, evidenceOf('state', name, text)]);
}

/** Why a TaskRun could not be made. Where its kind is unknown, Tekton is not there. */
export function refusedTaskRun(error: unknown): unknown {
  if (!(error instanceof ClusterError)) return error;
  if (!isNotFound(error)) return clusterFailure('The build was refused', error);
  return failure(
    `The cluster has no Tekton: ${error.message}`,
    noTekton(error),
  );
}

/** What shows that a cluster has no Tekton. */
export function noTekton(said: unknown): RawEvidence[] {
  return [
    evidenceOf('error', 'Kubernetes API', `tekton.dev/v1: ${textOf(said)}`, {
      facts: { missing: 'tekton.dev/v1' },
    }),
  ];
}
