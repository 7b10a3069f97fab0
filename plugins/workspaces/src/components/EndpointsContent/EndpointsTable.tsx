import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Paper from '@material-ui/core/Paper';
import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import type { Endpoint } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { useTableStyles } from '../tableStyles';
import { VisuallyHidden } from '../VisuallyHidden';
import { EndpointRow } from './EndpointRow';

/** Endpoints under each other. */
export function EndpointsTable(props: { endpoints: Endpoint[] }) {
  const classes = useTableStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const columns = [
    { title: t('endpoints.state'), width: 150 },
    { title: t('endpoints.address') },
    { title: t('endpoints.probe'), width: '34%' },
    { title: t('endpoints.latency'), width: 110, number: true },
  ];
  return (
    <Paper variant="outlined" className={classes.paper}>
      {/* Roles are written out: rows that are stacked on a narrow screen would lose them. */}
      <Table size="small" className={classes.table} role="table">
        <caption className={classes.caption}>
          <VisuallyHidden>{t('endpoints.caption')}</VisuallyHidden>
        </caption>
        <TableHead className={classes.head} role="rowgroup">
          <TableRow role="row">
            {columns.map(({ title, width, number }) => (
              <TableCell
                key={title}
                role="columnheader"
                style={{ width }}
                className={number ? classes.number : undefined}
              >
                {title}
              </TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody className={classes.body} role="rowgroup">
          {props.endpoints.map(endpoint => (
            <EndpointRow key={endpoint.id} endpoint={endpoint} />
          ))}
        </TableBody>
      </Table>
    </Paper>
  );
}
