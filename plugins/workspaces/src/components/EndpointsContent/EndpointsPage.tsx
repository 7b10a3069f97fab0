import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Skeleton from '@material-ui/lab/Skeleton';
import { useEndpoints } from '../../hooks/useEndpoints';
import type { WorkspaceScope } from '../../hooks/useEntityWorkspace';
import { workspacesTranslationRef } from '../../translation';
import { ActionError, LiveIndicator, LoadFailure, Notice } from '../feedback';
import { PageHeading } from '../PageHeading';
import { EndpointsTable } from './EndpointsTable';

/** The addresses of a workspace, or of one app of it, as they were last observed. */
export function EndpointsPage(props: { scope: WorkspaceScope }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { endpoints, error, retry, connection, deleted } = useEndpoints(
    props.scope,
  );
  const name = props.scope.app ?? props.scope.workspace.name;
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
        <Notice
          title={t('deleted.title', { name: props.scope.workspace.name })}
        >
          <p>{t('deleted.endpoints')}</p>
        </Notice>
      )}
      {!deleted && endpoints?.length === 0 && (
        <Notice title={t('endpoints.empty', { name })}>
          <p>{t('endpoints.emptyFix')}</p>
        </Notice>
      )}
      {!deleted && endpoints && endpoints.length > 0 && (
        <EndpointsTable endpoints={endpoints} />
      )}
    </section>
  );
}
