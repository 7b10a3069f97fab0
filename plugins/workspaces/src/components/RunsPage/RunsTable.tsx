import { useTranslationRef } from '@backstage/frontend-plugin-api';
import TableBody from '@material-ui/core/TableBody';
import {
  finalRunStates,
  type Run,
} from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { ComparedTable } from '../ComparedTable';
import { sourceChanges } from '../runs';
import { stripLength, stripSegments } from '../stages';
import { useTableStyles } from '../tableStyles';
import { useNow } from '../time';
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
    <ComparedTable caption={t('runs.caption')} columns={columns}>
      <TableBody className={classes.body} role="rowgroup">
        {rows.map(({ run, segments }) => (
          <RunRow
            key={run.id}
            run={run}
            segments={segments}
            longest={longest}
            changes={sourceChanges(run, props.runs)}
            behind={numbers.get(run.queue?.behindRun ?? '')}
          />
        ))}
      </TableBody>
    </ComparedTable>
  );
}
