import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Skeleton from '@material-ui/lab/Skeleton';
import { deployStages } from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspaceScope } from '../../hooks/useEntityWorkspace';
import { useRuns } from '../../hooks/useRuns';
import { workspacesTranslationRef } from '../../translation';
import { ActionButton } from '../ActionButton';
import { ActionError, LiveIndicator, LoadFailure, Notice } from '../feedback';
import { PageHeading } from '../PageHeading';
import { StageLegend } from '../stages';
import { RunsTable } from './RunsTable';

/** The runs of a workspace, or of one app of it, newest first. */
export function RunsPage(props: { scope: WorkspaceScope }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { runs, loaded, error, retry, connection, deleted, older } = useRuns(
    props.scope,
  );
  const what = props.scope.app ?? props.scope.workspace.name;
  const known = loaded || runs.length > 0;
  return (
    <section>
      <PageHeading title={t('runs.title')}>
        {known && <LiveIndicator connection={connection} />}
      </PageHeading>
      {error && !known && (
        <LoadFailure
          error={error}
          what={t('runs.what', { name: what })}
          onRetry={retry}
        />
      )}
      {error && known && (
        <ActionError
          title={t('runs.notRefreshed')}
          error={error}
          onRetry={retry}
        />
      )}
      {!known && !error && <RunsSkeleton />}
      {deleted && (
        <Notice
          title={t('deleted.title', { name: props.scope.workspace.name })}
        >
          <p>{t('deleted.runs')}</p>
        </Notice>
      )}
      {loaded && runs.length === 0 && (
        <Notice title={t('runs.empty', { name: what })}>
          <p>{t('runs.emptyFix')}</p>
        </Notice>
      )}
      {runs.length > 0 && (
        <>
          <StageLegend stages={deployStages} />
          <RunsTable runs={runs} />
        </>
      )}
      {older.error && (
        <ActionError
          title={t('runs.notRefreshed')}
          error={older.error}
          onRetry={older.load}
        />
      )}
      {older.there && (
        <ActionButton
          variant="text"
          color="primary"
          onClick={older.load}
          disabled={older.loading}
        >
          {t('runs.older')}
        </ActionButton>
      )}
    </section>
  );
}

function RunsSkeleton() {
  const { t } = useTranslationRef(workspacesTranslationRef);
  return (
    <div role="status" aria-label={t('runs.loading')}>
      {[0, 1, 2, 3, 4].map(row => (
        <Skeleton
          key={row}
          variant="rect"
          height={52}
          style={{ marginBottom: 1 }}
        />
      ))}
    </div>
  );
}
