import type { Check } from '@slipway/backstage-plugin-workspaces-common';
import { textOf } from '../failures';
import { checkFixes } from './fixes';
import type { NodeTrust, NodeTrustState } from './NodeTrust';

/** Both in milliseconds. A node that pulled is taken to pull for a while; the answer must be there before a page gives up. */
const MAX_AGE = 5 * 60_000;
const PATIENCE = 12_000;

const STATES = {
  trusted: 'passed',
  untrusted: 'failed',
  unknown: 'unknown',
} as const;

/** A check for each node: whether it pulls from the registry. Never throws. */
export async function nodeTrustChecks(
  trust: NodeTrust,
  engine: string,
  signal: AbortSignal,
): Promise<Check[]> {
  const id = `${engine}-engine-node-trust`;
  const late = AbortSignal.timeout(PATIENCE);
  const checks: Check[] = [];
  const states: NodeTrustState[] = [];
  try {
    await trust.look({
      signal: AbortSignal.any([signal, late]),
      maxAge: MAX_AGE,
      onState: state => states.push(state),
    });
  } catch (error) {
    const message = late.aborted
      ? `Not all nodes answered within ${PATIENCE / 1000} s`
      : textOf(error);
    const title = 'Nodes pull from the registry';
    const at = new Date().toISOString();
    checks.push({ id, title, at, state: 'unknown', message });
  }
  const fixes = checkFixes(trust, engine, nodesOf(states));
  checks.push(
    ...states.map(state => ({ ...checkOf(id, trust, state), fixes })),
  );
  return checks.sort((a, b) => a.id.localeCompare(b.id));
}

function nodesOf(states: NodeTrustState[]) {
  const named = (of: NodeTrustState[]) => of.map(({ node }) => node).sort();
  return {
    all: named(states),
    untrusting: named(states.filter(({ state }) => state === 'untrusted')),
  };
}

function checkOf(
  id: string,
  { settings, registry }: NodeTrust,
  state: NodeTrustState,
): Check {
  const check: Check = {
    id: `${id}-${state.node}`,
    title: `Node ${state.node} pulls from ${registry.address}`,
    state: STATES[state.state],
    message: `${state.runtime} ${state.version}: ${state.why}`,
    at: state.at,
  };
  if (state.state !== 'untrusted') return check;
  const way = settings.mode
    ? 'Let the portal tell the node'
    : 'Let the portal tell the node (workspaces.kubernetes.registry.trust.mode)';
  const reserve = state.unseen ? ` ${state.unseen}.` : '';
  return {
    ...check,
    fix: `${way}, or do this there as root.${reserve}\n${state.byHand}`,
    fixedBy: 'operator',
  };
}
