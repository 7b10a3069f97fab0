import { InputError } from '@backstage/errors';
import type { PermissionCriteria } from '@backstage/plugin-permission-common';
import type { WorkspaceFilter } from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import type { Moment } from './rows';

/** Entries of a page, where the request does not say. */
export const DEFAULT_LIMIT = 50;

/** Which part of a list is asked for. */
export interface PageRequest {
  cursor?: string;
  limit?: number;
  /** By time of creation; newest first if absent. */
  order?: 'newest' | 'oldest';
}

export interface Page<T> {
  rows: T[];
  nextCursor?: string;
}

/** Where a page ended: entries are ordered by these two, so that nothing is left out or told twice. */
type Position = [createdAt: Moment, id: string];

/** One page of what the query selects of `table`, in the order of creation. */
export async function readPage<T extends { id: string; created_at: Moment }>(
  query: Knex.QueryBuilder,
  table: string,
  request: PageRequest,
): Promise<Page<T>> {
  const limit = request.limit ?? DEFAULT_LIMIT;
  const [direction, beyond] =
    request.order === 'oldest'
      ? (['asc', '>'] as const)
      : (['desc', '<'] as const);
  const [createdAt, id] = [`${table}.created_at`, `${table}.id`];
  if (request.cursor !== undefined) {
    const position = decodeCursor(request.cursor);
    query.where(inner =>
      inner
        .where(createdAt, beyond, position[0])
        .orWhere(same =>
          same.where(createdAt, position[0]).where(id, beyond, position[1]),
        ),
    );
  }
  const rows: T[] = await query
    .orderBy([
      { column: createdAt, order: direction },
      { column: id, order: direction },
    ])
    .limit(limit + 1);
  if (rows.length <= limit) return { rows };
  const last = rows[limit - 1];
  return {
    rows: rows.slice(0, limit),
    nextCursor: encodeCursor([last.created_at, last.id]),
  };
}

/** Opaque text for a position in a list. */
export function encodeCursor(position: [number, string]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** The position that a cursor stands for; anything that is not of our making is an InputError. */
export function decodeCursor(cursor: string): Position {
  const [createdAt, id, ...rest] = parse(cursor);
  if (
    typeof createdAt !== 'number' ||
    typeof id !== 'string' ||
    rest.length > 0
  )
    throw unknownCursor();
  return [createdAt, id];
}

function parse(cursor: string): unknown[] {
  try {
    const value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function unknownCursor(): InputError {
  return new InputError(
    'cursor: must be the nextCursor of an earlier answer, unchanged',
  );
}

/** Leaves of a query over `workspaces` only those of which the criteria hold. */
export function wherePermitted(
  query: Knex.QueryBuilder,
  criteria: PermissionCriteria<WorkspaceFilter> | undefined,
): void {
  if (criteria) query.where(inner => applyCriteria(inner, criteria));
}

function applyCriteria(
  query: Knex.QueryBuilder,
  criteria: PermissionCriteria<WorkspaceFilter>,
): void {
  if ('anyOf' in criteria) {
    for (const inner of criteria.anyOf)
      query.orWhere(branch => applyCriteria(branch, inner));
  } else if ('allOf' in criteria) {
    for (const inner of criteria.allOf)
      query.where(branch => applyCriteria(branch, inner));
  } else if ('not' in criteria) {
    const { not } = criteria;
    query.whereNot(branch => applyCriteria(branch, not));
  } else if ('owners' in criteria) {
    query.whereIn('workspaces.owner', criteria.owners);
  } else {
    whereHasEntity(query, criteria.entityRefs);
  }
}

/** Leaves of a query over `workspaces` only those with an app that is one of the entities. */
export function whereHasEntity(
  query: Knex.QueryBuilder,
  entityRefs: string[],
): void {
  query.whereExists(apps =>
    apps
      .select('apps.name')
      .from('apps')
      .whereRaw('apps.workspace_id = workspaces.id')
      .whereIn('apps.entity_ref', entityRefs),
  );
}
