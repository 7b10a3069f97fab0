import type {
  CoreV1Event,
  V1ContainerStatus,
  V1Pod,
} from '@kubernetes/client-node';
import type { JsonObject } from '@backstage/types';
import { containerStatus } from '../client';
import { CONTAINER } from './names';

/** After as many it does not come up by itself: a process that ends is not waited for. */
const CERTAIN_AFTER_RESTARTS = 2;
/**
 * In milliseconds: as long as is waited for what may pass by itself, such as a node that is just being added,
 * or a webhook that does not answer.
 */
export const USUAL_PATIENCE = 30_000;
/** The exit code of shells and container engines for a command that is not there, and for one that may not be run. */
const NOT_THERE = 127;
const MAY_NOT_RUN = 126;

/** How a container ended. */
export interface ContainerExit {
  exitCode: number;
  outOfMemory: boolean;
  /** ISO 8601, UTC. */
  at?: string;
  /** What the kubelet said of it, where it said anything. */
  message?: string;
}

/** Why a pod will certainly not come up. */
export interface Verdict {
  message: string;
  /** The kubelet's or the scheduler's own text where it is the first sign; else the state of the container is. */
  text?: string;
  at?: string;
  facts?: JsonObject;
  /** Whether it has no node yet; then its volumes may tell more. */
  waits?: boolean;
}

/** Reasons for which an image is not there. */
const IMAGE_REASONS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);
/** Reasons for which a container cannot be made. */
const CREATION_REASONS = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);
/** The registry or the way to it may be well again a moment later. */
const PASSING_PULL =
  /\b429\b|too many requests|\b50[0234]\b|i\/o timeout|connection reset|unexpected EOF|context deadline exceeded/i;
/** CRI-O says so of any registry that does not answer; what follows may name a cause that stays. */
const UNAVAILABLE = /because the registry is unavailable/;
const STAYING = /x509:|certificate|server gave HTTP response/i;
/** The kubelet, or the runtime, had not got so far: it tries again by itself. */
const PASSING_CREATION =
  /failed to sync (?:secret|configmap) cache|context deadline exceeded/i;
/** The runtime says it with this reason when the process could not even begin. */
const START_ERROR = new Set(['StartError', 'ContainerCannotRun']);

/** Why the pod will certainly not come up; `undefined` as long as it may. */
export function verdictOf(
  pod: V1Pod,
  {
    restartsBefore = 0,
    container = CONTAINER,
    now = Date.now(),
    patience = USUAL_PATIENCE,
  } = {},
): Verdict | undefined {
  const status = containerStatus(pod, container);
  return (
    unschedulable(pod, now - patience) ??
    (status && (withoutImage(pod, status) ?? notMade(status))) ??
    (status && notStaying(status, restartsBefore)) ??
    ended(pod)
  );
}

/** @param before - In milliseconds: one that waits since then has waited long enough. */
function unschedulable(pod: V1Pod, before: number): Verdict | undefined {
  const condition = pod.status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  if (condition?.reason !== 'Unschedulable') return undefined;
  const since = timeOf(condition.lastTransitionTime);
  if (since === undefined || since > before) return undefined;
  return {
    message: `No node takes ${pod.metadata?.name}`,
    text: condition.message ?? '',
    at: new Date(since).toISOString(),
    waits: true,
  };
}

function withoutImage(
  pod: V1Pod,
  { state, image }: V1ContainerStatus,
): Verdict | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {};
  if (!IMAGE_REASONS.has(reason) || mayPullLater(message)) return undefined;
  return {
    message: `The image of ${pod.metadata?.name} cannot be brought`,
    text: `${reason}: ${message}`,
    facts: pullFacts(imageOf(pod) ?? image),
  };
}

/** Whether a pull that failed so may succeed by itself a moment later. */
export function mayPullLater(message: string): boolean {
  if (PASSING_PULL.test(message)) return true;
  return UNAVAILABLE.test(message) && !STAYING.test(message);
}

/** What a node could not pull, and from where. */
export function pullFacts(image: string): JsonObject {
  const [registry] = image.split('/');
  return {
    askedBy: 'node',
    image,
    ...(/[.:]/.test(registry) && image.includes('/') ? { registry } : {}),
  };
}

export function imageOf(pod: V1Pod): string | undefined {
  return pod.spec?.containers.find(({ name }) => name === CONTAINER)?.image;
}

function notMade({ state }: V1ContainerStatus): Verdict | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {};
  if (!CREATION_REASONS.has(reason) || PASSING_CREATION.test(message)) {
    return undefined;
  }
  return {
    message: 'The container cannot be made',
    text: `${reason}: ${message}`,
    facts: exitFacts(message),
  };
}

function notStaying(
  status: V1ContainerStatus,
  restartsBefore: number,
): Verdict | undefined {
  const exit = exitOf(status);
  if (!exit) return undefined;
  const running = status.state?.running !== undefined;
  const restarts = status.restartCount - restartsBefore;
  if (exit.outOfMemory && (!running || restarts > 0)) {
    return { message: 'It ran out of memory' };
  }
  const { reason } = exitState(status) ?? {};
  if (reason && START_ERROR.has(reason)) {
    return { message: 'Its process cannot be started' };
  }
  const loops = status.state?.waiting?.reason === 'CrashLoopBackOff';
  return loops && restarts >= CERTAIN_AFTER_RESTARTS
    ? { message: 'It does not stay up' }
    : undefined;
}

/** Evicted, or refused by the node. */
function ended({ metadata, status }: V1Pod): Verdict | undefined {
  if (status?.phase !== 'Failed' || !status.reason) return undefined;
  return {
    message: `${metadata?.name} was ended by its node`,
    text: `${status.reason}: ${status.message ?? ''}`,
  };
}

function exitState({ state, lastState }: V1ContainerStatus) {
  return state?.terminated ?? lastState?.terminated;
}

/** How a container ended last; `undefined` while it has never ended. */
export function exitOf(status: V1ContainerStatus): ContainerExit | undefined {
  const found = exitState(status);
  if (!found) return undefined;
  const { reason = '', message, exitCode } = found;
  return {
    exitCode: START_ERROR.has(reason)
      ? startExitCode(message ?? '') ?? exitCode
      : exitCode,
    outOfMemory: reason === 'OOMKilled',
    at: isoOf(found.finishedAt),
    ...(message ? { message } : {}),
  };
}

/** The runtime gives 128 to whatever could not begin; its words say more. */
function startExitCode(message: string): number | undefined {
  if (/not found|no such file or directory/i.test(message)) return NOT_THERE;
  return /permission denied/i.test(message) ? MAY_NOT_RUN : undefined;
}

function exitFacts(message: string): JsonObject | undefined {
  const exitCode = startExitCode(message);
  return exitCode !== undefined && /exec/i.test(message)
    ? { exitCode }
    : undefined;
}

/** Times are texts in what the API server says, whatever the types of the client say. */
export function timeOf(time: Date | string | undefined): number | undefined {
  if (!time) return undefined;
  const parsed = new Date(time).getTime();
  return parsed > 0 ? parsed : undefined;
}

export function isoOf(time: Date | string | undefined): string | undefined {
  const parsed = timeOf(time);
  return parsed === undefined ? undefined : new Date(parsed).toISOString();
}

/** What is refused now and may be allowed in a moment: the quota was not counted yet, or a webhook does not answer. */
const PASSING_REFUSAL =
  /status unknown for quota|error looking up service account|failed calling webhook|timed out|timeout|etcdserver/i;

/** Whether a refusal, seen first at a time, will not pass by itself. */
function isFinal(
  message: string,
  since: number | undefined,
  { now = Date.now(), patience = USUAL_PATIENCE },
): boolean {
  if (!PASSING_REFUSAL.test(message)) return true;
  return since !== undefined && now - since >= patience;
}

/** What a controller says of a Deployment. */
interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: Date | string;
}

/** Why a controller cannot make the pods of a Deployment. */
export function refusalOf(
  conditions: Condition[] = [],
  options: { now?: number; patience?: number } = {},
): string | undefined {
  const refused = conditions.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  const message = refused?.message;
  const since = timeOf(refused?.lastTransitionTime);
  return message && isFinal(message, since, options) ? message : undefined;
}

/** That a controller has waited too long for the pods of a Deployment. */
export function stagnationOf(
  conditions: Condition[] = [],
): { message: string; since?: number } | undefined {
  const stagnant = conditions.find(
    ({ type, status, reason }) =>
      type === 'Progressing' &&
      status === 'False' &&
      reason === 'ProgressDeadlineExceeded',
  );
  return (
    stagnant && {
      message: stagnant.message ?? '',
      since: timeOf(stagnant.lastTransitionTime),
    }
  );
}

/** Why a StatefulSet or a Job gets no pods, which say it in events only. */
export function refusalIn<T extends CoreV1Event>(
  events: T[],
  options: { now?: number; patience?: number } = {},
): T | undefined {
  return events.find(
    event =>
      event.reason === 'FailedCreate' &&
      isFinal(event.message ?? '', timeOf(momentOf(event)), options),
  );
}

/** When an event was seen first. */
export function momentOf(event: CoreV1Event): Date | string | undefined {
  return (
    event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp
  );
}
