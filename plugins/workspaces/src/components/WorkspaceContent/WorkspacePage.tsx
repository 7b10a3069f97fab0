import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Skeleton from '@material-ui/lab/Skeleton';
import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import { useWorkspace } from '../../hooks/useWorkspace';
import { useWorkspacePermissions } from '../../hooks/useWorkspacePermissions';
import { workspacesTranslationRef } from '../../translation';
import { EndpointsTable } from '../EndpointsContent/EndpointsTable';
import { NoEndpoint } from '../EndpointsContent/NoEndpoint';
import { ActionError } from '../feedback';
import { needsAction } from '../observed';
import { useNow } from '../time';
import { AppsTable } from './AppsTable';
import { DeletedWorkspace } from './DeletedWorkspace';
import { DependenciesTable } from './DependenciesTable';
import { NeedsAction } from './NeedsAction';
import { Part } from './Part';
import { SeenByEngine } from './SeenByEngine';
import { WorkspaceHeader } from './WorkspaceHeader';

/** A workspace as it is now, by what was observed, and what can be done with it. */
export function WorkspacePage(props: { loaded: Workspace }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { workspace, lastRun, connection, ...known } = useWorkspace(
    props.loaded,
  );
  const may = useWorkspacePermissions(workspace.id);
  const now = useNow(10_000);
  const endpoints = known.endpoints ?? [];
  if (known.deleted) return <DeletedWorkspace workspace={workspace} />;
  return (
    <section>
      <WorkspaceHeader
        workspace={workspace}
        endpoints={endpoints}
        lastRun={lastRun}
        connection={connection}
        may={may}
      />
      <SeenByEngine workspace={workspace} />
      <NeedsAction
        needs={needsAction({ workspace, endpoints, lastRun }, now)}
        workspace={workspace}
        may={may}
      />
      <Part title={t('apps.title')}>
        {workspace.apps.length === 0 ? (
          <p>{t('apps.none')}</p>
        ) : (
          <AppsTable workspace={workspace} may={may} />
        )}
      </Part>
      {workspace.dependencies.length > 0 && (
        <Part title={t('dependency.title')}>
          <DependenciesTable workspace={workspace} may={may} />
        </Part>
      )}
      <Part title={t('endpoints.title')}>
        {known.error && (
          <ActionError
            title={
              known.endpoints
                ? t('endpoints.notRefreshed')
                : t('endpoints.notLoaded')
            }
            error={known.error}
            onRetry={known.retry}
          />
        )}
        {!known.endpoints && !known.error && (
          <div role="status" aria-label={t('endpoints.loading')}>
            <Skeleton variant="rect" height={52} />
          </div>
        )}
        {known.endpoints?.length === 0 && <NoEndpoint workspace={workspace} />}
        {endpoints.length > 0 && <EndpointsTable endpoints={endpoints} />}
      </Part>
    </section>
  );
}
