import { Link } from '@backstage/core-components';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import { makeStyles } from '@material-ui/core/styles';
import type {
  Endpoint,
  RunSummary,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import type { LiveConnection } from '../../hooks/useLiveStream';
import { useRunAddress } from '../../hooks/useRunAddress';
import type { WorkspacePermissions } from '../../hooks/useWorkspacePermissions';
import { workspacesTranslationRef } from '../../translation';
import { DeleteDialog, DeployDialog, DialogButton } from '../actions';
import { LiveIndicator } from '../feedback';
import { workspaceStanding } from '../observed';
import { PageHeading } from '../PageHeading';
import { Person } from '../Person';
import { StateLabel } from '../StateLabel';
import { RelativeTime, useNow } from '../time';
import { tones } from '../tones';

const useStyles = makeStyles(theme => ({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    alignItems: 'flex-start',
    gap: theme.spacing(0, 2),
  },
  buttons: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(1),
    marginBottom: theme.spacing(1.5),
  },
  delete: { color: tones(theme).text.bad },
  facts: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5, 2.5),
    margin: theme.spacing(-1, 0, 2),
    padding: 0,
    listStyle: 'none',
    fontSize: '0.8125rem',
    lineHeight: '1.25rem',
    color: tones(theme).secondInk,
    flexBasis: '100%',
  },
  run: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0, 0.75),
  },
}));

/** What the workspace is, how it stands, its newest run, and what can be done with the whole of it. */
export function WorkspaceHeader(props: {
  workspace: Workspace;
  endpoints: Endpoint[];
  lastRun?: RunSummary;
  connection: LiveConnection;
  may: WorkspacePermissions;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { workspace, endpoints, lastRun, may } = props;
  const now = useNow(10_000);
  return (
    <header className={classes.root}>
      <PageHeading title={workspace.name}>
        <StateLabel state={workspaceStanding(workspace, now)} />
        <LiveIndicator connection={props.connection} />
      </PageHeading>
      <div className={classes.buttons}>
        {may.deploy && workspace.apps.length > 0 && (
          <DialogButton
            variant="contained"
            color="primary"
            disableElevation
            dialog={close => (
              <DeployDialog workspace={workspace} onClose={close} />
            )}
          >
            {t('deploy.action')}
          </DialogButton>
        )}
        {may.remove && (
          <DialogButton
            className={classes.delete}
            dialog={close => (
              <DeleteDialog
                workspace={workspace}
                endpoints={endpoints}
                onClose={close}
              />
            )}
          >
            {t('delete.action')}
          </DialogButton>
        )}
      </div>
      <ul className={classes.facts}>
        <li>
          {t('workspace.owner')} <EntityRefLink entityRef={workspace.owner} />
        </li>
        <li>{t('workspace.engine', { engine: workspace.engine })}</li>
        <li>{t('workspace.size', { size: workspace.size })}</li>
        {workspace.present && workspace.observedAt && (
          <li>
            {t('seen.at')} <RelativeTime at={workspace.observedAt} />
          </li>
        )}
        <li className={classes.run}>
          {lastRun ? <LastRun run={lastRun} /> : t('workspace.noRun')}
        </li>
      </ul>
    </header>
  );
}

function LastRun(props: { run: RunSummary }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const addressOf = useRunAddress();
  const { number, state, createdBy, createdAt, endedAt } = props.run;
  const name = t('run.number', { number: String(number) });
  return (
    <>
      <StateLabel state={state} />
      {addressOf ? <Link to={addressOf(number)}>{name}</Link> : name}
      <RelativeTime at={endedAt ?? createdAt} />
      <span>
        {t('run.by')} <Person entityRef={createdBy} />
      </span>
    </>
  );
}
