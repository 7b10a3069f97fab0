import type { CheckFix } from '@slipway/backstage-plugin-workspaces-common';
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

/** What takes it back. */
export const NODE_TRUST_UNDO = 'node-trust-undo';

/** What can be put right about the nodes of a cluster; nothing where it is not configured. */
export function nodeTrustFixes(trust: NodeTrust): EngineFixes {
  const { address } = trust.registry;
  const scope = 'engine';
  return {
    offered: trust.settings.mode
      ? {
          [NODE_TRUST_FIX]: {
            title: `Let the nodes of the cluster trust ${address}`,
            scope,
            facts: { registry: address },
          },
          [NODE_TRUST_UNDO]: {
            title: `Take back what lets the nodes of the cluster trust ${address}`,
            scope,
          },
        }
      : {},
    apply: (fix, { signal }) =>
      progressOf(report =>
        fix === NODE_TRUST_UNDO
          ? trust.undo({ signal, report })
          : trust.apply({ signal, report }),
      ),
  };
}

/** The fixes as the checks of the nodes offer them, with what they do and where. */
export function checkFixes(
  trust: NodeTrust,
  engine: string,
  nodes: { all: string[]; untrusting: string[] },
): CheckFix[] {
  const { offered } = nodeTrustFixes(trust);
  const descriptions = [
    [
      NODE_TRUST_FIX,
      nodes.untrusting,
      'A privileged pod writes to the configuration of containerd that it trusts the registry, restarts it only where needed, and proves it by a pull; where that fails all is put back.',
    ],
    [
      NODE_TRUST_UNDO,
      nodes.all,
      'A privileged pod puts back what was there before Slipway wrote, byte for byte, and restarts containerd only where needed. Then apps may fail to start there. Where Slipway wrote nothing, nothing is changed.',
    ],
  ] as const;
  return descriptions.flatMap(([id, on, does]) =>
    offered[id] && on.length > 0
      ? [
          {
            engine,
            id,
            title: offered[id].title,
            description: `On ${on.join(
              ', ',
            )}, one node after the other. ${does}`,
          },
        ]
      : [],
  );
}

/** What is done, and at last what became of each node. */
async function* progressOf(
  work: (
    report: (message: string) => void,
  ) => Promise<readonly NodeTrustOutcome[]>,
): AsyncGenerator<Progress> {
  const progress = new Channel<Progress>();
  const report = (message: string) => void progress.push({ message });
  work(report)
    .then(outcomes => {
      for (const { node, outcome, why } of outcomes)
        report(`${node}: ${outcome}: ${why}`);
      requireSuccess(outcomes);
    })
    .then(
      () => progress.end(),
      error => progress.end(error),
    );
  yield* progress;
}

/** Throws the first failure, with its evidence and with what can be done by hand. */
function requireSuccess(outcomes: readonly NodeTrustOutcome[]): void {
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
