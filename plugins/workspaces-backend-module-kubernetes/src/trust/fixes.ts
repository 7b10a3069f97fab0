import type {
  EngineFixes,
  Progress,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  Channel,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { NodeTrust } from './NodeTrust';
import type { NodeTrustOutcome } from './types';

/** By this id rules of the diagnosis name the fix. */
export const NODE_TRUST_FIX = 'node-trust';

/** What can be put right about the nodes of a cluster; nothing where it is not configured. */
export function nodeTrustFixes(trust: NodeTrust): EngineFixes {
  const title = `Let the nodes of the cluster trust ${trust.registry.address}`;
  return {
    offered: trust.settings.mode
      ? { [NODE_TRUST_FIX]: { title, scope: 'engine' } }
      : {},
    apply: (_, { signal }) => progressOf(trust, signal),
  };
}

async function* progressOf(
  trust: NodeTrust,
  signal: AbortSignal,
): AsyncGenerator<Progress> {
  const progress = new Channel<Progress>();
  const report = (message: string) => void progress.push({ message });
  trust
    .apply({ signal, report })
    .then(requireSuccess)
    .then(
      () => progress.end(),
      error => progress.end(error),
    );
  yield* progress;
}

/** Throws the first failure, with its evidence and with what can be done by hand. */
function requireSuccess(outcomes: NodeTrustOutcome[]): void {
  const failed = outcomes.find(({ outcome }) => outcome === 'failed');
  if (!failed) return;
  const hint = failed.byHand
    ? `\nBy hand, as root on ${failed.node}:\n${failed.byHand}`
    : '';
  throw failure(
    `${failed.why}${hint}`,
    failed.failure?.evidence ?? [],
    failed.failure,
  );
}
