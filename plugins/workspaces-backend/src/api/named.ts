import { ConflictError, NotFoundError } from '@backstage/errors';
import type { workspaceReadPermission } from '@slipway/backstage-plugin-workspaces-common';
import type { AppRow, RunRow, WorkspaceRow } from '../store/rows';
import type { RunStore } from '../store/RunStore';
import type { WorkspaceStore } from '../store/WorkspaceStore';
import type { Requester } from '../workspaces/References';
import type { Authorizer, Caller } from './authorize';

/** What names are looked up in. */
interface NamedServices {
  authorizer: Authorizer;
  workspaceStore: WorkspaceStore;
  runStore: RunStore;
}

type WorkspacePermission = typeof workspaceReadPermission;

/** The workspace that a request names, if the caller may read it and has the other permissions on it. */
export async function namedWorkspace(
  { authorizer, workspaceStore }: Omit<NamedServices, 'runStore'>,
  caller: Caller,
  nameOrId: string,
  ...permissions: WorkspacePermission[]
): Promise<WorkspaceRow> {
  const found = await workspaceStore.resolve(nameOrId);
  return authorizer.requireOn(
    caller,
    found,
    `workspace "${nameOrId}"`,
    ...permissions,
  );
}

/** The same, to change it: a tombstone is a ConflictError. */
export async function changeableWorkspace(
  services: Omit<NamedServices, 'runStore'>,
  caller: Caller,
  nameOrId: string,
  ...permissions: WorkspacePermission[]
): Promise<WorkspaceRow> {
  const workspace = await namedWorkspace(
    services,
    caller,
    nameOrId,
    ...permissions,
  );
  if (workspace.deleted_at !== null) {
    throw new ConflictError(
      `The workspace "${workspace.name}" was deleted; it cannot be changed`,
    );
  }
  return workspace;
}

/** The run that a request names, if the caller may read its workspace and has the other permissions on it. */
export async function namedRun(
  { authorizer, runStore, workspaceStore }: NamedServices,
  caller: Caller,
  id: string,
  ...permissions: WorkspacePermission[]
): Promise<RunRow> {
  const run = await runStore.get(id);
  const workspace = run && (await workspaceStore.get(run.workspace_id));
  await authorizer.requireOn(caller, workspace, `run "${id}"`, ...permissions);
  return run!;
}

/** The app of a workspace that a request names. */
export async function namedApp(
  { workspaceStore }: Pick<NamedServices, 'workspaceStore'>,
  workspace: WorkspaceRow,
  name: string,
): Promise<AppRow> {
  const app = await workspaceStore.app(workspace.id, name);
  if (!app)
    throw new NotFoundError(
      `The workspace "${workspace.name}" has no app "${name}"`,
    );
  return app;
}

/**
 * Id of the workspace that a filter names; a name that no live one has is that of the one that
 * was deleted last, whose runs are still there. A filter on what is not there leaves an empty list,
 * as does one on what the caller may not read: the list says nothing about others.
 */
export async function namedWorkspaceFilter(
  { workspaceStore }: Pick<NamedServices, 'workspaceStore'>,
  nameOrId: string | undefined,
): Promise<string | undefined> {
  if (nameOrId === undefined) return undefined;
  const found =
    (await workspaceStore.resolve(nameOrId)) ??
    (await workspaceStore.findDeleted(nameOrId));
  return found?.id ?? nameOrId;
}

/** The caller as services need to know who asks. */
export async function requesterOf(
  { authorizer }: Pick<NamedServices, 'authorizer'>,
  caller: Caller,
): Promise<Requester> {
  return { ref: caller.ref, owners: await authorizer.ownershipRefs(caller) };
}
