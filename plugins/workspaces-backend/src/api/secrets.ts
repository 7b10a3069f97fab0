import { ConflictError, NotFoundError } from '@backstage/errors';
import {
  workspaceCreatePermission,
  type Secret,
} from '@slipway/backstage-plugin-workspaces-common';
import type { SecretRow } from '../store/rows';
import { audited } from './audit';
import type { Caller } from './authorize';
import type { ApiRouter, ApiServices } from './services';

/** Secrets: their values come in, and never leave. */
export function addSecretRoutes(
  router: ApiRouter,
  services: ApiServices,
): void {
  const { auditor, authorizer, lists, secrets } = services;

  router.get('/secrets', async (request, response) => {
    const caller = await authorizer.reader(request);
    await authorizer.require(caller, workspaceCreatePermission);
    const page = await lists.secrets(
      await authorizer.ownershipRefs(caller),
      request.query,
    );
    response.json({
      items: page.rows.map(toSecret),
      nextCursor: page.nextCursor,
    });
  });

  router.post('/secrets', async (request, response) => {
    const secret = await audited(
      auditor,
      { id: 'secret-create', request },
      async done => {
        const caller = await authorizer.user(request);
        await authorizer.require(caller, workspaceCreatePermission);
        const { description, value } = request.body;
        const owner = await authorizer.owner(caller, request.body.owner);
        const row = await secrets.create({
          owner,
          description,
          value,
          createdBy: caller.ref,
        });
        done.id = row.id;
        return row;
      },
    );
    response.status(201).json(toSecret(secret));
  });

  router.put('/secrets/:secretId', async (request, response) => {
    const { secretId } = request.params;
    const event = { id: 'secret-update', request, meta: { id: secretId } };
    const secret = await audited(auditor, event, async () => {
      const caller = await authorizer.user(request);
      const { id } = await ownSecret(services, caller, secretId);
      return secrets.update(id, request.body.value);
    });
    response.json(toSecret(secret));
  });

  router.delete('/secrets/:secretId', async (request, response) => {
    const { secretId } = request.params;
    const event = { id: 'secret-delete', request, meta: { id: secretId } };
    await audited(auditor, event, async () => {
      const caller = await authorizer.user(request);
      const { id } = await ownSecret(services, caller, secretId);
      const users = await lists.appsWithSecret(id);
      if (users.length > 0) {
        const names = users.map(
          ({ app, workspace }) => `app "${app}" of workspace "${workspace}"`,
        );
        throw new ConflictError(
          `The secret is used by ${names.join(
            ', ',
          )}; take it out there and deploy first`,
        );
      }
      await secrets.delete(id);
    });
    response.status(204).end();
  });
}

/** A secret of the caller. Generated ones belong to their workspace, and are nobody's to touch. */
async function ownSecret(
  { authorizer, secrets }: ApiServices,
  caller: Caller,
  id: string,
): Promise<SecretRow> {
  await authorizer.require(caller, workspaceCreatePermission);
  const secret = await secrets.get(id);
  const owned = await authorizer.ownershipRefs(caller);
  if (
    !secret ||
    secret.workspace_id !== null ||
    !owned.includes(secret.owner)
  ) {
    throw new NotFoundError(`There is no secret "${id}"`);
  }
  return secret;
}

function toSecret(row: SecretRow): Secret {
  return {
    id: row.id,
    owner: row.owner,
    description: row.description ?? undefined,
    version: row.version,
    createdBy: row.created_by,
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
  };
}
