import {
  finalRunStates,
  type Endpoint,
  type Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import { needsAction, workspaceStanding, type Need } from '../observed';
import type { State } from '../StateLabel';

/** A workspace of the list: how it stands, and what of it needs action. */
export interface Standing {
  workspace: Workspace;
  endpoints: Endpoint[];
  state: State;
  needs: Need[];
}

/** From what needs action first to what nobody needs to look at. */
const order: readonly State[] = [
  'failed',
  'down',
  'restarting',
  'degraded',
  'unknown',
  'running',
  'queued',
  'starting',
  'up',
  'stopped',
  'cancelled',
  'pending',
];

const rest = order.indexOf('unknown') + 1;

function rankOf(state: State): number {
  const index = order.indexOf(state);
  return index < 0 ? rest : index;
}

/** All that is not alarming is of one rank: there the name decides. */
function urgencyOf(state: State): number {
  return Math.min(rankOf(state), rest);
}

/**
 * How one workspace stands: by what needs action most, else by its run that goes on, else by what
 * was observed.
 *
 * @param now - Milliseconds.
 */
export function standingOf(
  workspace: Workspace,
  endpoints: Endpoint[],
  now: number,
): Standing {
  const { lastRun } = workspace;
  const needs = needsAction({ workspace, endpoints, lastRun }, now);
  const goesOn = lastRun && !finalRunStates.includes(lastRun.state);
  const worst = needs
    .map(({ state }) => state)
    .sort((a, b) => rankOf(a) - rankOf(b))[0];
  const state =
    worst ?? (goesOn ? lastRun.state : workspaceStanding(workspace, now));
  return { workspace, endpoints, needs, state };
}

/** What needs action first, the worst of it at the top; then by name. */
export function worstFirst(standings: Standing[]): Standing[] {
  return [...standings].sort(
    (a, b) =>
      urgencyOf(a.state) - urgencyOf(b.state) ||
      a.workspace.name.localeCompare(b.workspace.name),
  );
}

/** How many stand how, in the order of urgency; states that nobody has are left out. */
export function countStates(standings: Standing[]): [State, number][] {
  const counts = new Map<State, number>();
  for (const { state } of standings)
    counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => rankOf(a) - rankOf(b));
}
