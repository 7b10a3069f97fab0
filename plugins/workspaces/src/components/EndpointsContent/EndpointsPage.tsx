import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Skeleton from '@material-ui/lab/Skeleton';
import type { WorkspaceScope } from '../../hooks/useEntityWorkspace';
import { useWorkspace } from '../../hooks/useWorkspace';
import { workspacesTranslationRef } from '../../translation';
import { ActionError, LiveIndicator, LoadFailure, Notice } from '../feedback';
import { PageHeading } from '../PageHeading';
import { EndpointsTable } from './EndpointsTable';
import { NoEndpoint } from './NoEndpoint';

/** The addresses of a workspace, or of one app of it, as they were last observed. */
export function EndpointsPage(props: { scope: WorkspaceScope }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { scope } = props;
  const { endpoints, error, retry, connection, deleted, workspace } =
    useWorkspace(scope.workspace, scope.app);
  const name = scope.app ?? workspace.name;
  return (
    <section>
      <PageHeading title={t('endpoints.title')}>
        {endpoints && <LiveIndicator connection={connection} />}
      </PageHeading>
      {error && !endpoints && (
        <LoadFailure
          error={error}
          what={t('endpoints.what', { name })}
          onRetry={retry}
        />
      )}
      {error && endpoints && (
        <ActionError
          title={t('endpoints.notRefreshed')}
          error={error}
          onRetry={retry}
        />
      )}
      {!endpoints && !error && (
        <div role="status" aria-label={t('endpoints.loading')}>
          <Skeleton variant="rect" height={120} style={{ borderRadius: 6 }} />
        </div>
      )}
      {deleted && (
        <Notice title={t('deleted.title', { name: workspace.name })}>
          <p>{t('deleted.endpoints')}</p>
        </Notice>
      )}
      {!deleted && endpoints?.length === 0 && (
        <Notice title={t('endpoints.empty', { name })}>
          <NoEndpoint workspace={workspace} app={scope.app} />
        </Notice>
      )}
      {!deleted && endpoints && endpoints.length > 0 && (
        <EndpointsTable endpoints={endpoints} />
      )}
    </section>
  );
}
