import type {
  Check,
  CheckFix,
} from '@slipway/backstage-plugin-workspaces-common';

/** What needs somebody first. */
export const checkStates = ['failed', 'warning', 'unknown', 'passed'] as const;

/** How many checks are in which state, worst first; states that none is in are left out. */
export function countChecks(checks: Check[]): [Check['state'], number][] {
  return checkStates
    .map((state): [Check['state'], number] => [
      state,
      checks.filter(check => check.state === state).length,
    ])
    .filter(([, count]) => count > 0);
}

/** Checks that did not pass, worst first. */
export function notPassed(checks: Check[]): Check[] {
  return checks
    .filter(({ state }) => state !== 'passed')
    .sort(
      (a, b) => checkStates.indexOf(a.state) - checkStates.indexOf(b.state),
    );
}

/** When the oldest of the checks was made; absent where there is none. */
export function madeAt(checks: Check[]): string | undefined {
  return checks.map(({ at }) => at).sort()[0];
}

/** All checks as text, to be sent to somebody. */
export function reportOf(checks: Check[]): string {
  const passed = checks.filter(({ state }) => state === 'passed');
  return [...notPassed(checks), ...passed]
    .map(({ at, state, id, title, message, fix }) =>
      [`[${at}] ${state} ${id}: ${title}`, message, fix]
        .filter(Boolean)
        .join('\n'),
    )
    .join('\n\n');
}

/** What engines offer to do about the checks, each once. */
export function fixesOf(checks: Check[]): CheckFix[] {
  const fixes = checks.flatMap(check => check.fixes ?? []);
  return [
    ...new Map(fixes.map(fix => [`${fix.engine} ${fix.id}`, fix])).values(),
  ];
}
