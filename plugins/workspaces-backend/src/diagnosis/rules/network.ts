import { hasFact, type Rule } from '../rule';

/** Traffic that a NetworkPolicy does not let through, as the engine has found by holding the rules against it. */
export const networkRules: readonly Rule[] = [
  {
    code: 'NETPOL_BLOCKED',
    signs: [{ kinds: ['state'], facts: hasFact('blockedBy') }],
    cause:
      '{subject} cannot reach {address}: the NetworkPolicy "{blockedBy}" does not let it through.',
    fix: 'If it may, an operator adds the range of the address to workspaces.kubernetes.reachable ("{host}/32" for it alone), then start a new run. Apps of one workspace reach each other by their names.',
    fixedBy: 'operator',
  },
];
