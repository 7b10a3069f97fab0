import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import TableCell from '@material-ui/core/TableCell';
import TableRow from '@material-ui/core/TableRow';
import type { App, Replica } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { replicaStanding } from '../observed';
import { StateLabel } from '../StateLabel';
import { useTableStyles } from '../tableStyles';
import { RelativeTime } from '../time';
import { monospace, tones } from '../tones';
import { VisuallyHidden } from '../VisuallyHidden';
import { Restarts } from './Restarts';

const MEBIBYTE = 1_048_576;

const useStyles = makeStyles(theme => ({
  state: {
    [theme.breakpoints.up('sm')]: {
      paddingLeft: `${theme.spacing(3.5)}px !important`,
    },
  },
  id: {
    fontFamily: monospace,
    fontSize: '0.75rem',
    color: tones(theme).secondInk,
  },
  quiet: { color: tones(theme).thirdInk },
}));

/** One replica of an app, as the engine saw it. */
export function ReplicaRow(props: { replica: Replica; app: App }) {
  const table = useTableStyles();
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { replica, app } = props;
  return (
    <TableRow className={table.row} role="row">
      <TableCell role="cell" className={classes.state}>
        <StateLabel state={replicaStanding(replica.state)} />
      </TableCell>
      <TableCell role="cell" className={table.whole}>
        <VisuallyHidden>
          {t('apps.replicaOf', { app: app.name })}
        </VisuallyHidden>{' '}
        <span className={classes.id} title={replica.id}>
          {withinWorkspace(replica.id)}
        </span>
      </TableCell>
      <TableCell role="cell" className={`${table.number} ${table.whole}`}>
        {replica.release !== undefined &&
          t('endpoints.release', { release: String(replica.release) })}
      </TableCell>
      <TableCell role="cell" className={table.whole}>
        <Restarts count={replica.restarts} lastExit={replica.lastExit} />
      </TableCell>
      <TableCell role="cell" className={`${table.number} ${table.whole}`}>
        <StackedTitle title={t('apps.started')} />
        {replica.startedAt ? (
          <RelativeTime at={replica.startedAt} />
        ) : (
          <span className={classes.quiet}>{t('apps.notStarted')}</span>
        )}
      </TableCell>
      <TableCell role="cell" className={`${table.number} ${table.whole}`}>
        <StackedTitle title={t('apps.cpu')} />
        {replica.cpuCores === undefined ? (
          <span className={classes.quiet}>{t('apps.notMeasured')}</span>
        ) : (
          t('apps.cores', { cores: replica.cpuCores.toFixed(2) })
        )}
      </TableCell>
      <TableCell role="cell" className={`${table.number} ${table.whole}`}>
        <StackedTitle title={t('apps.memory')} />
        {replica.memoryBytes === undefined ? (
          <span className={classes.quiet}>{t('apps.notMeasured')}</span>
        ) : (
          t('apps.mebibytes', {
            size: String(Math.round(replica.memoryBytes / MEBIBYTE)),
          })
        )}
      </TableCell>
    </TableRow>
  );
}

function StackedTitle(props: { title: string }) {
  const table = useTableStyles();
  const classes = useStyles();
  return (
    <span className={`${table.stackedOnly} ${classes.quiet}`}>
      {props.title}{' '}
    </span>
  );
}

/** The part of a name that tells replicas of one workspace apart: "web.r3.0" of "slipway.ws-shop.web.r3.0". */
function withinWorkspace(id: string): string {
  return id.split(/\.ws-[a-z0-9-]+\./).at(-1) ?? id;
}
