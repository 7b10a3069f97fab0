import { hasFact, type Rule, type Sign } from '../rule';

/** A registry that refuses what is brought to it. It is told apart from a pull by the fact `pushed`. */
function pushMet(wording: RegExp): Sign {
  return { kinds: ['error'], facts: hasFact('pushed'), wording };
}

/** Why an image, or the bundle of a source, cannot be brought to the registry of the builds. */
export const pushRules: readonly Rule[] = [
  {
    code: 'REGISTRY_FULL',
    signs: [
      pushMet(
        /current usage of (?<used>[^,]+) will exceed the configured upper limit of (?<limit>[\d.]+ ?\w+)/,
      ),
    ],
    cause:
      'The registry[ {registry}] has no room left for {pushed}: {used} of {limit} are used.',
    fix: 'Give the project more room in the registry, or delete images that are not needed; then retry.',
    fixedBy: 'operator',
  },
  {
    code: 'PUSH_FORBIDDEN',
    signs: [
      pushMet(/403 Forbidden/),
      pushMet(/401 Unauthorized: insufficient_scope/),
      pushMet(/denied: requested access to the resource is denied/),
    ],
    cause:
      'The registry[ {registry}] does not let {asker} push {pushed}: the account lacks the right, or the project is not there.',
    fix: 'Give the account of workspaces.kubernetes.registry.username the right to push to {pushed}, or create its project in the registry; then retry.',
    fixedBy: 'operator',
  },
  {
    code: 'PUSH_UNAUTHORIZED',
    signs: [
      pushMet(/401 Unauthorized/),
      pushMet(/authorization failed|no basic auth credentials/),
      pushMet(/unauthorized: authentication required/i),
    ],
    cause:
      'The registry[ {registry}] wants a login before it takes {pushed}, and has got none or a wrong one from {asker}.',
    fix: 'Correct workspaces.kubernetes.registry.username and its password, with which the portal and its builds log in; then start a new run.',
    fixedBy: 'operator',
  },
  {
    code: 'PUSH_REFUSED',
    signs: [
      pushMet(/: (?<status>4(?!01|03|04|29)\d\d|5\d\d) [A-Z]/),
      pushMet(/status ?code:? (?<status>4(?!01|03|04|29)\d\d|5\d\d)\b/i),
    ],
    cause:
      'The registry[ {registry}] does not take {pushed} and answers {status}: it may be read-only, full, or in maintenance.',
    fix: 'Look at the evidence for what the registry said, let it take pushes and room for them, then retry.',
    fixedBy: 'operator',
  },
];
