import { Link } from '@backstage/core-components';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import TableCell from '@material-ui/core/TableCell';
import TableRow from '@material-ui/core/TableRow';
import {
  finalRunStates,
  type Run,
} from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { Person } from '../Person';
import {
  outputsOf,
  SourceChangeText,
  useQueueText,
  useRunTitle,
  type SourceChange,
} from '../runs';
import { StageStrip, stripLength, type StripSegment } from '../stages';
import { StateLabel } from '../StateLabel';
import { useTableStyles } from '../tableStyles';
import { Duration, RelativeTime } from '../time';
import { monospace, tones } from '../tones';

const useStyles = makeStyles(theme => {
  const { secondInk, thirdInk, text, ground } = tones(theme);
  const stacked = theme.breakpoints.down('xs');
  return {
    title: { fontWeight: 700, overflowWrap: 'anywhere' },
    number: {
      color: secondInk,
      fontWeight: 400,
      marginRight: 4,
      fontVariantNumeric: 'tabular-nums',
    },
    second: {
      color: secondInk,
      fontSize: '0.75rem',
      lineHeight: '1rem',
      marginTop: 2,
    },
    cause: {
      color: text.bad,
      fontWeight: 700,
      fontSize: '0.75rem',
      lineHeight: '1.125rem',
      marginTop: 2,
      overflowWrap: 'anywhere',
    },
    code: {
      fontFamily: monospace,
      fontWeight: 400,
      padding: '0 5px',
      whiteSpace: 'nowrap',
      borderRadius: 3,
      backgroundColor: ground.quiet,
      color: secondInk,
    },
    quiet: { color: thirdInk },
    started: {
      color: secondInk,
      whiteSpace: 'nowrap',
      [stacked]: { gridRow: 1, gridColumn: 2 },
    },
  };
});

/** One run in the list. */
export function RunRow(props: {
  run: Run;
  segments: StripSegment[];
  /** Length of the longest strip in the list, in milliseconds. */
  longest: number;
  /** Number of the run that goes first. */
  behind?: number;
  changes: SourceChange[];
}) {
  const table = useTableStyles();
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { run, segments } = props;
  const titleOf = useRunTitle();
  return (
    <TableRow className={table.row} role="row">
      <TableCell role="cell">
        <StateLabel state={run.state} />
      </TableCell>
      <TableCell role="cell" className={table.whole}>
        <div className={classes.title}>
          <Link to={String(run.number)}>
            <span className={classes.number}>{run.number}</span> {titleOf(run)}
          </Link>
        </div>
        <div className={classes.second}>
          {props.changes.map(change => (
            <span key={change.app}>
              {run.apps.length > 1 && `${change.app} `}
              <SourceChangeText change={change} />
              {' · '}
            </span>
          ))}
          <Person entityRef={run.createdBy} />
        </div>
      </TableCell>
      <TableCell role="cell" className={table.whole}>
        {segments.length > 0 && (
          <div
            style={{
              width: `${(100 * stripLength(segments)) / props.longest}%`,
            }}
          >
            <StageStrip segments={segments} />
          </div>
        )}
        <RunNote run={run} behind={props.behind} />
      </TableCell>
      <TableCell
        role="cell"
        className={`${table.number} ${table.whole}`}
        data-title={t('runs.duration')}
      >
        {run.startedAt ? (
          <Duration from={run.startedAt} to={run.endedAt} />
        ) : (
          <span className={classes.quiet}>{t('runs.notStarted')}</span>
        )}
      </TableCell>
      <TableCell role="cell" className={`${table.number} ${classes.started}`}>
        <RelativeTime at={run.startedAt ?? run.createdAt} />
      </TableCell>
    </TableRow>
  );
}

/** What the state alone does not say: why it failed, what it waits for, what it made. */
function RunNote(props: { run: Run; behind?: number }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const queueText = useQueueText();
  const { run } = props;
  if (run.diagnosis && finalRunStates.includes(run.state)) {
    return (
      <div className={classes.cause}>
        {run.diagnosis.cause}{' '}
        <span className={classes.code}>{run.diagnosis.code}</span>
      </div>
    );
  }
  if (run.state === 'queued' && run.queue)
    return (
      <div className={classes.second}>{queueText(run.queue, props.behind)}</div>
    );
  const made = outputsOf(run).filter(({ verified }) => verified);
  if (run.state === 'succeeded' && made.length > 0) {
    const releases = made.map(({ app, release }) =>
      run.apps.length > 1 ? `${app} ${release}` : String(release),
    );
    return (
      <div className={classes.second}>
        {t('runs.releases', {
          count: releases.length,
          releases: releases.join(', '),
        })}
      </div>
    );
  }
  return null;
}
