import { NotFoundError } from '@backstage/errors';
import type { AppSpec } from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import type { SecretStore } from '../secrets/SecretStore';

/** Every secret value that an app of the workspace can know: those of its environment and files, and of the dependencies. */
export async function workspaceSecretValues(
  knex: Knex,
  secrets: SecretStore,
  workspaceId: string,
): Promise<string[]> {
  const ofWorkspace = { workspace_id: workspaceId };
  const specs: string[] = [
    ...(await knex('apps').where(ofWorkspace).pluck('spec')),
    ...(await knex('releases')
      .where(ofWorkspace)
      .whereIn('state', ['serving', 'candidate'])
      .pluck('spec')),
  ];
  const ids = new Set<string>(
    await knex('dependencies').where(ofWorkspace).pluck('password_secret'),
  );
  for (const spec of specs) {
    const { environment = [], files = [] } = JSON.parse(spec) as AppSpec;
    for (const { secret } of [...environment, ...files])
      if (secret) ids.add(secret);
  }
  const values = await Promise.all([...ids].map(id => reveal(secrets, id)));
  return values.filter(value => value !== undefined);
}

async function reveal(
  secrets: SecretStore,
  id: string,
): Promise<string | undefined> {
  try {
    return (await secrets.reveal(id)).value;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined; // deleted: nobody gets it any more
    throw error;
  }
}
