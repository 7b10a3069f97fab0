import {
  deployStages,
  type QueuePosition,
  type Run,
  type RunEvent,
  type Stage,
  type StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import { isoTime } from './database';
import type { RunEventRow, RunRow, StageRow } from './rows';

/** What the API says of a run beyond its rows. */
export interface RunViewOptions {
  workspaceName: string;
  queue?: QueuePosition;
  /** Lines of log that are kept of a stage; `app` is empty where it concerns the workspace. */
  logLines?: (stage: StageName, app: string) => number | undefined;
  /** Leaves the evidence out of diagnoses, as lists do. */
  withoutEvidence?: boolean;
}

/** A run as the API says it, with every attempt of its stages in the order of the pipeline. */
export function toRun(
  row: RunRow,
  stages: StageRow[],
  options: RunViewOptions,
): Run {
  const apps: string[] = JSON.parse(row.apps);
  const ordered = [...stages].sort(
    (a, b) =>
      stageOrder(a) - stageOrder(b) ||
      apps.indexOf(a.app) - apps.indexOf(b.app) ||
      a.attempt - b.attempt,
  );
  const failed = latestAttempts(stages)
    .filter(stage => stage.state === 'failed' && stage.diagnosis !== null)
    .sort((a, b) => (a.ended_at ?? 0) - (b.ended_at ?? 0));
  return {
    id: row.id,
    number: row.number,
    workspace: row.workspace_id,
    workspaceName: options.workspaceName,
    owner: row.owner,
    kind: row.kind,
    state: row.state,
    reason: row.reason ?? undefined,
    apps,
    createdBy: row.created_by,
    createdAt: new Date(row.created_at).toISOString(),
    startedAt: isoTime(row.started_at),
    endedAt: isoTime(row.ended_at),
    cancelRequestedAt: isoTime(row.cancel_requested_at),
    worker: row.worker ?? undefined,
    epoch: row.epoch,
    leaseUntil: isoTime(row.lease_until || null),
    queue: options.queue,
    stages: ordered.map(stage => toStage(stage, options)),
    diagnosis: failed[0] && diagnosisOf(failed[0], options),
  };
}

/** An event as the API says it. */
export function toRunEvent(row: RunEventRow): RunEvent {
  return {
    sequence: row.sequence,
    run: row.run_id,
    at: new Date(row.at).toISOString(),
    type: row.type,
    stage: row.stage ?? undefined,
    app: row.app ?? undefined,
    attempt: row.attempt ?? undefined,
    state: row.state ?? undefined,
    message: row.message,
  };
}

/** The newest attempt of each stage. */
export function latestAttempts(stages: StageRow[]): StageRow[] {
  const latest = new Map<string, StageRow>();
  for (const row of stages) {
    const key = `${row.stage}/${row.app}`;
    const known = latest.get(key);
    if (!known || known.attempt < row.attempt) latest.set(key, row);
  }
  return [...latest.values()];
}

function stageOrder(row: StageRow): number {
  return deployStages.findIndex(name => name === row.stage);
}

function toStage(row: StageRow, options: RunViewOptions): Stage {
  return {
    name: row.stage,
    app: row.app || undefined,
    attempt: row.attempt,
    state: row.state,
    reason: row.reason ?? undefined,
    startedAt: isoTime(row.started_at),
    endedAt: isoTime(row.ended_at),
    deadlineAt: isoTime(row.deadline_at),
    heartbeatAt: isoTime(row.heartbeat_at),
    outputs: row.outputs === null ? undefined : JSON.parse(row.outputs),
    diagnosis: diagnosisOf(row, options),
    logLines: options.logLines?.(row.stage, row.app),
  };
}

function diagnosisOf(
  row: StageRow,
  options: RunViewOptions,
): Stage['diagnosis'] {
  if (row.diagnosis === null) return undefined;
  const diagnosis = JSON.parse(row.diagnosis);
  return options.withoutEvidence ? { ...diagnosis, evidence: [] } : diagnosis;
}
