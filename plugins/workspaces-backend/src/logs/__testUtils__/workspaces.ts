import type { Knex } from 'knex';

/** A live workspace. */
export async function addWorkspace(knex: Knex, id: string): Promise<void> {
  await knex('workspaces').insert({
    id,
    name: `ws-${id}`,
    live_name: `ws-${id}`,
    owner: 'group:default/team',
    engine: 'local',
    size: 'small',
    created_by: 'user:default/tester',
    created_at: Date.now(),
  });
}
