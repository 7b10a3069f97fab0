import type { AppSpec } from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import type { RunInput, RunRow } from '../store/rows';

/** Ids of the secrets that a specification names: of its source, its environment, its files and its build. */
export function secretsOfSpec(spec: AppSpec): string[] {
  const named = [
    spec.source?.token,
    ...(spec.environment ?? []).map(variable => variable.secret),
    ...(spec.files ?? []).map(({ secret }) => secret),
    ...(spec.build?.secrets ?? []).map(({ secret }) => secret),
  ];
  return named.filter(id => id !== undefined);
}

/** Ids of the secrets that a workspace names, or has named in one of its releases and runs. */
export async function secretsNamedBy(
  workspaceId: string,
  trx: Knex.Transaction,
): Promise<string[]> {
  const ofWorkspace = { workspace_id: workspaceId };
  const specs: string[] = [
    ...(await trx('apps').where(ofWorkspace).pluck('spec')),
    ...(await trx('releases').where(ofWorkspace).pluck('spec')),
  ];
  const inputs: string[] = await trx('runs').where(ofWorkspace).pluck('input');
  const all: AppSpec[] = [
    ...specs.map(spec => JSON.parse(spec)),
    ...inputs.flatMap(input =>
      Object.values((JSON.parse(input) as RunInput).specs ?? {}),
    ),
  ];
  return [...new Set(all.flatMap(secretsOfSpec))];
}

/** Whether another workspace names the secret. What is deleted has neither apps nor releases left. */
export async function isNamedElsewhere(
  secretId: string,
  workspaceId: string,
  trx: Knex.Transaction,
): Promise<boolean> {
  const named = `%${JSON.stringify(secretId)}%`;
  const others = [
    trx('apps').where('spec', 'like', named),
    // Any release: it may be rolled back to.
    trx('releases').where('spec', 'like', named),
    trx<RunRow>('runs')
      .whereIn('state', ['queued', 'running'])
      .where('input', 'like', named),
  ];
  for (const rows of others) {
    const found = await rows.whereNot({ workspace_id: workspaceId }).first();
    if (found) return true;
  }
  return false;
}
