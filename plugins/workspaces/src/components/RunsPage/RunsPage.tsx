import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import Skeleton from '@material-ui/lab/Skeleton';
import { deployStages } from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspaceScope } from '../../hooks/useEntityWorkspace';
import { useRuns } from '../../hooks/useRuns';
import { useWorkspacePermissions } from '../../hooks/useWorkspacePermissions';
import { workspacesTranslationRef } from '../../translation';
import { ActionButton } from '../ActionButton';
import { DeployDialog, DialogButton, RollBackDialog } from '../actions';
import { ActionError, LiveIndicator, LoadFailure, Notice } from '../feedback';
import { PageHeading } from '../PageHeading';
import { StageLegend } from '../stages';
import { RunsTable } from './RunsTable';

const useStyles = makeStyles(theme => ({
  buttons: { display: 'flex', gap: theme.spacing(1), marginLeft: 'auto' },
}));

/** The runs of a workspace, or of one app of it, newest first. */
export function RunsPage(props: { scope: WorkspaceScope }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { runs, loaded, error, retry, connection, deleted, older } = useRuns(
    props.scope,
  );
  const { workspace, app } = props.scope;
  const may = useWorkspacePermissions(workspace.id);
  const what = app ?? workspace.name;
  const known = loaded || runs.length > 0;
  return (
    <section>
      <PageHeading title={t('runs.title')}>
        {known && <LiveIndicator connection={connection} />}
        {known && may.deploy && !deleted && (
          <div className={classes.buttons}>
            {app && runs.length > 0 && (
              <DialogButton
                dialog={close => (
                  <RollBackDialog
                    workspace={workspace.id}
                    app={app}
                    onClose={close}
                  />
                )}
              >
                {t('rollBack.action')}
              </DialogButton>
            )}
            <DialogButton
              variant="contained"
              color="primary"
              disableElevation
              dialog={close => (
                <DeployDialog workspace={workspace} app={app} onClose={close} />
              )}
            >
              {t('deploy.action')}
            </DialogButton>
          </div>
        )}
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
        <Notice title={t('deleted.title', { name: workspace.name })}>
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
