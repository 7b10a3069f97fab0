import type { RunSummary } from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import { isoTime, jsonField } from './database';
import type { RunRow } from './rows';

type LastRunRow = RunRow & { code: string | null; cause: string | null };

/**
 * The newest run of each of these workspaces, by the id of the workspace; those without a
 * run are left out. It is one query, which leaves evidence where it is.
 */
export async function lastRuns(
  knex: Knex,
  workspaceIds: string[],
): Promise<Map<string, RunSummary>> {
  const rows: LastRunRow[] = await knex('runs')
    .join('workspaces', newest =>
      newest
        .on('workspaces.id', 'runs.workspace_id')
        .andOn('workspaces.last_run_number', 'runs.number'),
    )
    .whereIn('workspaces.id', workspaceIds)
    .select('runs.*', {
      code: firstFailure(knex, 'code'),
      cause: firstFailure(knex, 'cause'),
    });
  return new Map(rows.map(row => [row.workspace_id, toSummary(row)]));
}

/** What the diagnosis of a run says, which is that of the stage that failed first and was not tried again. */
function firstFailure(knex: Knex, field: string): Knex.QueryBuilder {
  return knex('stages')
    .select(jsonField(knex, 'stages.diagnosis', field))
    .whereRaw('stages.run_id = runs.id')
    .where('stages.state', 'failed')
    .whereNotNull('stages.diagnosis')
    .whereNotExists(later =>
      later
        .select('later.attempt')
        .from('stages as later')
        .whereRaw('later.run_id = stages.run_id')
        .whereRaw('later.app = stages.app')
        .whereRaw('later.stage = stages.stage')
        .whereRaw('later.attempt > stages.attempt'),
    )
    .orderBy('stages.ended_at')
    .limit(1);
}

function toSummary(row: LastRunRow): RunSummary {
  return {
    id: row.id,
    number: row.number,
    kind: row.kind,
    state: row.state,
    apps: JSON.parse(row.apps),
    createdBy: row.created_by,
    createdAt: new Date(row.created_at).toISOString(),
    startedAt: isoTime(row.started_at),
    endedAt: isoTime(row.ended_at),
    code: row.code ?? undefined,
    cause: row.cause ?? undefined,
  };
}
