import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableRow from '@material-ui/core/TableRow';
import type {
  Dependency,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspacePermissions } from '../../hooks/useWorkspacePermissions';
import { workspacesTranslationRef } from '../../translation';
import { DialogButton, PasswordDialog } from '../actions';
import { ComparedTable } from '../ComparedTable';
import { CopyButton } from '../feedback';
import { dependencyStanding } from '../observed';
import { StateLabel } from '../StateLabel';
import { useTableStyles } from '../tableStyles';
import { monospace, tones } from '../tones';
import { Restarts } from './Restarts';

const useStyles = makeStyles(theme => ({
  name: { fontWeight: 700, overflowWrap: 'anywhere' },
  address: { fontFamily: monospace, overflowWrap: 'anywhere' },
  actions: {
    [theme.breakpoints.down('xs')]: { marginTop: theme.spacing(0.5) },
  },
  second: {
    color: tones(theme).secondInk,
    fontSize: '0.75rem',
    lineHeight: '1rem',
    marginTop: 2,
    overflowWrap: 'anywhere',
  },
}));

/** What the apps of a workspace depend on, and where they reach it. */
export function DependenciesTable(props: {
  workspace: Workspace;
  may: WorkspacePermissions;
}) {
  const table = useTableStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { workspace, may } = props;
  const columns = [
    { title: t('apps.state'), width: 130 },
    { title: t('dependency.name'), width: '20%' },
    { title: t('dependency.address') },
    { title: t('apps.restarts'), width: may.operate ? '22%' : '34%' },
    ...(may.operate
      ? [{ title: t('dependency.actions'), width: 180, untitled: true }]
      : []),
  ];
  return (
    <ComparedTable caption={t('dependency.caption')} columns={columns}>
      <TableBody className={table.body} role="rowgroup">
        {workspace.dependencies.map(dependency => (
          <DependencyRow
            key={dependency.name}
            dependency={dependency}
            workspace={workspace}
            may={may}
          />
        ))}
      </TableBody>
    </ComparedTable>
  );
}

function DependencyRow(props: {
  dependency: Dependency;
  workspace: Workspace;
  may: WorkspacePermissions;
}) {
  const table = useTableStyles();
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { dependency, workspace, may } = props;
  const { name, type, version, host, port, database, username } = dependency;
  const address = `${host}:${port}`;
  return (
    <TableRow className={table.row} role="row">
      <TableCell role="cell">
        <StateLabel state={dependencyStanding(dependency, workspace)} />
      </TableCell>
      <TableCell role="cell" className={table.whole}>
        <div className={classes.name}>{name}</div>
        <div className={classes.second}>
          {t(`dependency.type.${type}`)} {version}
        </div>
      </TableCell>
      <TableCell
        role="cell"
        className={table.whole}
        data-title={t('dependency.address')}
      >
        <span className={classes.address}>{address}</span>{' '}
        <CopyButton text={address} label={t('endpoints.copy', { address })} />
        {database && (
          <div className={classes.second}>
            {t('dependency.database', { database })}
            {username && ` · ${t('dependency.username', { username })}`}
          </div>
        )}
      </TableCell>
      <TableCell role="cell" className={table.whole}>
        <Restarts count={dependency.restarts} lastExit={dependency.lastExit} />
      </TableCell>
      {may.operate && (
        <TableCell
          role="cell"
          className={`${table.number} ${table.whole} ${classes.actions}`}
        >
          <DialogButton
            aria-label={t('password.of', { name })}
            dialog={close => (
              <PasswordDialog
                workspace={workspace}
                dependency={dependency}
                onClose={close}
              />
            )}
          >
            {t('password.action')}
          </DialogButton>
        </TableCell>
      )}
    </TableRow>
  );
}
