import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import TableCell from '@material-ui/core/TableCell';
import TableRow from '@material-ui/core/TableRow';
import type { Endpoint } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { Address } from '../Address';
import { StateLabel } from '../StateLabel';
import { useTableStyles } from '../tableStyles';
import { Seen } from '../time';
import { tones } from '../tones';
import { HealthStrip } from './HealthStrip';
import { MovePortButton } from './MovePortButton';

const useStyles = makeStyles(theme => ({
  address: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: 4,
    fontWeight: 700,
    overflowWrap: 'anywhere',
    minWidth: 0,
  },
  second: {
    color: tones(theme).secondInk,
    fontSize: '0.75rem',
    lineHeight: '1rem',
    marginTop: 2,
  },
  quiet: { color: tones(theme).thirdInk, fontWeight: 400 },
  message: { overflowWrap: 'anywhere', whiteSpace: 'pre-line' },
}));

/** One address: how it was seen last and in the last hour, what it leads to, and what the probe said. */
export function EndpointRow(props: { endpoint: Endpoint }) {
  const table = useTableStyles();
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { endpoint } = props;
  return (
    <TableRow className={table.row} role="row">
      <TableCell role="cell">
        <StateLabel state={endpoint.state} />
        <div className={classes.second}>
          <Seen at={endpoint.observedAt} />
        </div>
      </TableCell>
      <TableCell role="cell" className={table.whole}>
        <div className={classes.address}>
          {endpoint.url ? (
            <Address url={endpoint.url} />
          ) : (
            <span className={classes.quiet}>{t('endpoints.noAddress')}</span>
          )}
        </div>
        <div className={classes.second}>
          <LeadsTo endpoint={endpoint} />
        </div>
        <MovePortButton endpoint={endpoint} />
      </TableCell>
      <TableCell
        role="cell"
        className={table.whole}
        data-title={t('health.lastHour')}
      >
        <HealthStrip endpoint={endpoint.id} />
      </TableCell>
      <TableCell
        role="cell"
        className={table.whole}
        data-title={t('endpoints.probe')}
      >
        <span className={endpoint.message ? classes.message : classes.quiet}>
          {endpoint.message ?? t('endpoints.noProbe')}
        </span>
      </TableCell>
      <TableCell
        role="cell"
        className={`${table.number} ${table.whole}`}
        data-title={t('endpoints.latency')}
      >
        {endpoint.latencyMilliseconds === undefined ? (
          <span className={classes.quiet}>{t('endpoints.noLatency')}</span>
        ) : (
          t('time.milliseconds', {
            value: String(Math.round(endpoint.latencyMilliseconds)),
          })
        )}
      </TableCell>
    </TableRow>
  );
}

function LeadsTo(props: { endpoint: Endpoint }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { app, port, release } = props.endpoint;
  const where = port === undefined ? app : `${app} :${port}`;
  const what =
    release === undefined
      ? t('endpoints.noRelease')
      : t('endpoints.release', { release: String(release) });
  return <>{`${where} · ${what}`}</>;
}
