import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Paper from '@material-ui/core/Paper';
import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import {
  finalRunStates,
  type Run,
} from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { stripLength, stripSegments } from '../stages';
import { useTableStyles } from '../tableStyles';
import { useNow } from '../time';
import { VisuallyHidden } from '../VisuallyHidden';
import { RunRow } from './RunRow';

/** Runs under each other, their strips on one time axis. */
export function RunsTable(props: { runs: Run[] }) {
  const classes = useTableStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const active = props.runs.some(run => !finalRunStates.includes(run.state));
  const now = useNow(active ? 1_000 : 60_000);
  const rows = props.runs.map(run => ({
    run,
    segments: stripSegments(run, now),
  }));
  const longest = Math.max(1, ...rows.map(row => stripLength(row.segments)));
  const numbers = new Map(props.runs.map(run => [run.id, run.number]));
  const columns = [
    { title: t('runs.state'), width: 120 },
    { title: t('runs.change') },
    { title: t('runs.stages'), width: '36%' },
    { title: t('runs.duration'), width: 104, number: true },
    { title: t('runs.started'), width: 104, number: true },
  ];
  return (
    <Paper variant="outlined" className={classes.paper}>
      {/* Roles are written out: rows that are stacked on a narrow screen would lose them. */}
      <Table size="small" className={classes.table} role="table">
        <caption className={classes.caption}>
          <VisuallyHidden>{t('runs.caption')}</VisuallyHidden>
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
          {rows.map(({ run, segments }) => (
            <RunRow
              key={run.id}
              run={run}
              segments={segments}
              longest={longest}
              behind={numbers.get(run.queue?.behindRun ?? '')}
            />
          ))}
        </TableBody>
      </Table>
    </Paper>
  );
}
