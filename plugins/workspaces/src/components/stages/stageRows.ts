import {
  deployStages,
  type Run,
  type Stage,
  type StageName,
  type StageState,
} from '@slipway/backstage-plugin-workspaces-common';

const order: readonly StageName[] = [...deployStages, 'destroy'];

/** One trip through a stage for one app, or for the workspace: its last attempt, and those before. */
export interface StageLine {
  name: StageName;
  app?: string;
  last: Stage;
  earlier: Stage[];
}

/** A stage with all its apps. */
export interface StageRow {
  name: StageName;
  state: StageState;
  startedAt?: string;
  /** Absent while one of them goes on. */
  endedAt?: string;
  lines: StageLine[];
}

/**
 * The stages of a run in their order, each with its apps.
 */
export function stageRows(run: Run): StageRow[] {
  const rows: StageRow[] = [];
  for (const name of order) {
    const lines = stageLines(run.stages.filter(stage => stage.name === name));
    if (lines.length === 0) continue;
    const lasts = lines.map(line => line.last);
    rows.push({ name, state: combinedState(lasts), ...interval(lasts), lines });
  }
  return rows;
}

function stageLines(stages: Stage[]): StageLine[] {
  const byApp = new Map<string | undefined, Stage[]>();
  for (const stage of stages)
    byApp.set(stage.app, [...(byApp.get(stage.app) ?? []), stage]);
  return [...byApp.values()].map(attempts => {
    const sorted = [...attempts].sort((a, b) => a.attempt - b.attempt);
    const last = sorted[sorted.length - 1];
    return {
      name: last.name,
      app: last.app,
      last,
      earlier: sorted.slice(0, -1),
    };
  });
}

/** What several apps amount to: the worst first, then what goes on, then what is still to come. */
function combinedState(stages: Stage[]): StageState {
  const ranking: StageState[] = [
    'failed',
    'running',
    'cancelled',
    'pending',
    'succeeded',
    'skipped',
  ];
  return (
    ranking.find(state => stages.some(stage => stage.state === state)) ??
    'pending'
  );
}

function interval(stages: Stage[]): { startedAt?: string; endedAt?: string } {
  const begun = stages.filter(stage => stage.startedAt);
  const starts = begun.map(stage => stage.startedAt!).sort();
  const ends = begun.map(stage => stage.endedAt ?? '').sort();
  if (begun.length === 0) return {};
  return {
    startedAt: starts[0],
    endedAt: ends[0] === '' ? undefined : ends[ends.length - 1],
  };
}

/**
 * What a reader wants to see first: what failed, else what goes on, else what was stopped, else
 * what ended last.
 */
export function lineOfInterest(rows: StageRow[]): StageLine | undefined {
  const lines = rows.flatMap(row => row.lines);
  const begun = lines.filter(
    ({ last }) => last.startedAt && last.state !== 'skipped',
  );
  return (
    lines.find(({ last }) => last.state === 'failed') ??
    begun.find(({ last }) => last.state === 'running') ??
    begun.find(({ last }) => last.state === 'cancelled') ??
    begun[begun.length - 1] ??
    lines[0]
  );
}

/** The first stage that failed or was stopped, from which a retry begins. */
export function firstUnfinished(rows: StageRow[]): StageName | undefined {
  return rows.find(row => row.state === 'failed' || row.state === 'cancelled')
    ?.name;
}
