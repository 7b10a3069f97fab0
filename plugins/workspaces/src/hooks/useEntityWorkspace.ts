import { useApi } from '@backstage/core-plugin-api';
import { useEntity } from '@backstage/plugin-catalog-react';
import {
  annotations,
  type Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import useAsyncRetry from 'react-use/esm/useAsyncRetry';
import { workspacesApiRef } from '../api';

/** The part of a workspace that an entity stands for. */
export interface WorkspaceScope {
  workspace: Workspace;
  /** Absent where the entity stands for the whole workspace. */
  app?: string;
}

/**
 * The workspace, and the app of it, that the entity on this page is annotated with.
 */
export function useEntityWorkspace() {
  const { entity } = useEntity();
  const api = useApi(workspacesApiRef);
  const name = entity.metadata.annotations?.[annotations.workspace] ?? '';
  const annotatedApp = entity.metadata.annotations?.[annotations.app];
  const { value, error, loading, retry } = useAsyncRetry(
    () => api.getWorkspace(name),
    [api, name],
  );
  const onlyApp = value?.apps.length === 1 ? value.apps[0].name : undefined;
  const scope: WorkspaceScope | undefined = value && {
    workspace: value,
    app: annotatedApp ?? onlyApp,
  };
  return { name, scope, error, loading, retry };
}
