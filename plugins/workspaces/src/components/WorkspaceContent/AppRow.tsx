import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import { makeStyles } from '@material-ui/core/styles';
import TableCell from '@material-ui/core/TableCell';
import TableRow from '@material-ui/core/TableRow';
import type {
  App,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspacePermissions } from '../../hooks/useWorkspacePermissions';
import { workspacesTranslationRef } from '../../translation';
import {
  appStanding,
  desiredReplicas,
  runInVain,
  servingReplicas,
} from '../observed';
import { RunInVain } from '../runs';
import { StateLabel } from '../StateLabel';
import { useTableStyles } from '../tableStyles';
import { useNow } from '../time';
import { tones } from '../tones';
import { AppActions } from './AppActions';

const useStyles = makeStyles(theme => ({
  name: { fontWeight: 700, overflowWrap: 'anywhere' },
  second: {
    color: tones(theme).secondInk,
    fontSize: '0.75rem',
    lineHeight: '1rem',
    marginTop: 2,
  },
  quiet: { color: tones(theme).thirdInk },
}));

/** One app: how it stands, what serves, and what can be done with it. */
export function AppRow(props: {
  app: App;
  workspace: Workspace;
  may: WorkspacePermissions;
}) {
  const table = useTableStyles();
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const now = useNow(10_000);
  const { app, workspace, may } = props;
  return (
    <TableRow className={table.row} role="row">
      <TableCell role="cell">
        <StateLabel state={appStanding(app, workspace, now)} />
      </TableCell>
      <TableCell role="cell" className={table.whole}>
        <div className={classes.name}>
          <EntityRefLink entityRef={app.entityRef} hideIcon title={app.name} />
        </div>
        <div className={classes.second}>
          <ReplicaCount app={app} workspace={workspace} />
        </div>
      </TableCell>
      <TableCell role="cell" className={`${table.number} ${table.whole}`}>
        {app.release === undefined ? (
          <span className={classes.quiet}>{t('apps.noRelease')}</span>
        ) : (
          t('endpoints.release', { release: String(app.release) })
        )}
      </TableCell>
      <TableCell role="cell" colSpan={4} className={table.whole}>
        <AppActions app={app} workspace={workspace} may={may} />
      </TableCell>
    </TableRow>
  );
}

function ReplicaCount(props: { app: App; workspace: Workspace }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { app, workspace } = props;
  const count = desiredReplicas(app);
  const inVain = runInVain(app, workspace);
  if (inVain)
    return (
      <>
        {t('apps.inVain')} <RunInVain run={inVain} />
      </>
    );
  if (app.release === undefined) return <>{t('apps.notDeployed')}</>;
  if (workspace.present === undefined)
    return <>{t('apps.unseenReplicas', { count })}</>;
  const up = servingReplicas(app).filter(({ state }) => state === 'running');
  return <>{t('apps.replicas', { up: String(up.length), count })}</>;
}
