import type { JsonObject } from '@backstage/types';
import type { RawEvidence } from '@slipway/backstage-plugin-workspaces-node';
import { Pod, containerStatus } from '../client';
import { evidenceOf } from '@slipway/backstage-plugin-workspaces-node/engines';
import type { ClusterEvent } from './evidence';
import { CONTAINER } from './names';
import { Verdict, isoOf, mayPullLater, momentOf } from './verdict';

/** What is said of a volume that is not made yet; the last of them while nobody has failed to make it. */
const CLAIM_REASONS = [
  'ProvisioningFailed',
  'FailedBinding',
  'ExternalProvisioning',
];
/** Says only that it goes wrong, and not why. */
const EMPTY_WORDS = /^(?:Error: |Back-off )/;

/** Whether a pod has a node, and its container is not made yet: of a volume that cannot be mounted only events tell. */
export function isBeingMade(pod: Pod): boolean {
  const state = containerStatus(pod, CONTAINER)?.state;
  return state?.waiting?.reason === 'ContainerCreating';
}

/** A Secret or ConfigMap that a pod needs is not there; the kubelet would look for it for ever. */
export function missingForMount(events: ClusterEvent[]): Verdict | undefined {
  const found = events.find(
    ({ reason, message = '' }) =>
      reason === 'FailedMount' &&
      /(?:secret|configmap) "[^"]+" not found/.test(message),
  );
  return (
    found && {
      message: 'A volume cannot be brought into its container',
      text: `FailedMount: ${found.message}`,
      at: isoOf(momentOf(found)),
    }
  );
}

/** All that older kubelets say of a pull that has failed more than once. */
const BARE_BACK_OFF = /^ImagePullBackOff: Back-off pulling image "[^"]*"$/;
const LOGIN_WANTED = /401 Unauthorized|no basic auth credentials/;

/**
 * A kubelet that has not heard of a new pull secret yet pulls without it, and with it the next time. Only where it
 * is refused then as well, that is why the pull fails. What the pod says may be older than its events.
 */
export function pullVerdict(
  verdict: Verdict,
  events: ClusterEvent[],
): Verdict | undefined {
  if (BARE_BACK_OFF.test(verdict.text ?? '') && mayPass(events))
    return undefined;
  const missed = events.find(
    ({ reason }) => reason === 'FailedToRetrieveImagePullSecret',
  );
  if (!missed || !LOGIN_WANTED.test(verdict.text ?? '')) return verdict;
  const refused = events
    .filter(isRefusedPull)
    .filter(({ message = '' }) => LOGIN_WANTED.test(message))
    .reduce((sum, { count = 1 }) => sum + count, 0);
  if (refused < 2) return undefined;
  return {
    message: verdict.message,
    text: `${missed.reason}: ${missed.message}`,
    at: isoOf(momentOf(missed)),
  };
}

function isRefusedPull({ message = '' }: ClusterEvent): boolean {
  return message.startsWith('Failed to pull image');
}

/** Whether the last pull failed by what may be well a moment later, or nobody says by what. */
function mayPass(events: ClusterEvent[]): boolean {
  const last = events.filter(isRefusedPull).at(-1);
  return !last || mayPullLater(last.message ?? '');
}

/** What keeps a pod that has not started: the last that went wrong, with its reason. */
export function hindrance(
  pod: string,
  events: ClusterEvent[],
  facts: JsonObject = {},
): RawEvidence[] {
  const warning = events
    .filter(
      ({ type, message = '' }) =>
        type === 'Warning' && !EMPTY_WORDS.test(message),
    )
    .at(-1);
  if (!warning) return [];
  return [
    evidenceOf('event', pod, `${warning.reason}: ${warning.message}`, {
      at: isoOf(momentOf(warning)),
      facts,
    }),
  ];
}

/** Why a volume is not made, as far as anybody said it. */
export function claimEvidence(
  claim: string,
  events: ClusterEvent[],
): RawEvidence[] {
  const said = CLAIM_REASONS.flatMap(reason =>
    events.filter(event => event.reason === reason),
  )[0];
  if (!said) return [];
  return [
    evidenceOf('event', claim, `${said.reason}: ${said.message}`, {
      at: isoOf(momentOf(said)),
      facts: { claim },
    }),
  ];
}

/** The volumes that a pod needs. */
export function claimsOf({ spec }: Pod): string[] {
  return (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim ? [persistentVolumeClaim.claimName] : [],
  );
}
