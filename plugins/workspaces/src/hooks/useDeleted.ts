import { useApi } from '@backstage/core-plugin-api';
import type {
  Run,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import useAsync from 'react-use/esm/useAsync';
import { workspacesApiRef } from '../api';

/**
 * What is left of a workspace that was deleted, before this page was opened or by the run that it
 * shows; undefined while it is there.
 */
export function useDeleted(
  workspace: Workspace,
  { kind, state }: Run,
): Workspace | undefined {
  const api = useApi(workspacesApiRef);
  const byRun = kind === 'delete' && state === 'succeeded';
  const { id, deletedAt } = workspace;
  const { value } = useAsync(
    async () => (byRun && !deletedAt ? api.getWorkspace(id) : undefined),
    [api, id, byRun, deletedAt],
  );
  if (deletedAt) return workspace;
  // Without the receipt it is gone all the same.
  return byRun ? value ?? workspace : undefined;
}
