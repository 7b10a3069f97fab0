import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import { Link } from 'react-router-dom';
import { workspacesTranslationRef } from '../../translation';
import type { StageLine, StageRow } from '../stages';
import { StateLabel } from '../StateLabel';
import { Duration } from '../time';
import { tones } from '../tones';
import { stageAddress } from './useSelectedStage';

const useStyles = makeStyles(theme => {
  const { secondInk, thirdInk, selected, text } = tones(theme);
  return {
    item: {
      display: 'grid',
      gridTemplateColumns: '18px minmax(0, 1fr) auto',
      gap: theme.spacing(0.25, 1),
      alignItems: 'center',
      padding: theme.spacing(1, 1.5),
      borderRadius: 4,
      fontSize: '0.8125rem',
      lineHeight: '1.125rem',
      color: theme.palette.text.primary,
      textDecoration: 'none',
      '&:hover': { backgroundColor: theme.palette.action.hover },
      '&[aria-current]': {
        backgroundColor: selected,
        boxShadow: `inset 3px 0 0 ${text.busy}`,
      },
      '&[data-failed][aria-current]': {
        boxShadow: `inset 3px 0 0 ${text.bad}`,
      },
      [theme.breakpoints.down('md')]: {
        gridTemplateColumns: '18px auto auto',
        whiteSpace: 'nowrap',
      },
    },
    app: {
      padding: theme.spacing(0.5, 1.5, 0.5, 4.75),
      [theme.breakpoints.down('md')]: { padding: theme.spacing(1, 1.5) },
    },
    name: { fontWeight: 700 },
    appName: {
      fontWeight: 400,
      overflow: 'hidden',
      textOverflow: 'ellipsis',
      [theme.breakpoints.down('md')]: { overflow: 'visible' },
    },
    toCome: { fontWeight: 400, color: secondInk },
    time: { color: secondInk, textAlign: 'right' },
    failed: { color: text.bad, fontWeight: 700 },
    running: { color: text.busy, fontWeight: 700 },
    note: {
      gridColumn: '2 / 4',
      fontSize: '0.75rem',
      lineHeight: '1rem',
      color: thirdInk,
      overflowWrap: 'anywhere',
      [theme.breakpoints.down('md')]: { display: 'none' },
    },
  };
});

/** A stage, or one app's trip through it: state, name, duration, and what is to be known of it. */
export function StageItem(props: {
  line: StageLine;
  /** The stage as a whole; absent for one app of several. */
  row?: StageRow;
  /** The row stands for several apps, which follow. */
  summary?: boolean;
  selected: boolean;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { line, row, summary } = props;
  const { state, startedAt, endedAt } = row ?? line.last;
  const name = row ? t(`stage.${line.name}`) : line.app;
  const begun = startedAt !== undefined && state !== 'skipped';
  const nameClass = row ? classes.name : classes.appName;
  return (
    <Link
      to={stageAddress(line)}
      replace
      className={row ? classes.item : `${classes.item} ${classes.app}`}
      aria-current={props.selected ? 'true' : undefined}
      data-failed={state === 'failed' ? '' : undefined}
    >
      <StateLabel state={state} iconOnly />
      <span
        className={
          begun || state === 'skipped'
            ? nameClass
            : `${nameClass} ${classes.toCome}`
        }
      >
        {name}
      </span>
      <span className={classes.time}>
        {/* Of what succeeded the duration says enough; who hears the page has the word from the label. */}
        {state !== 'succeeded' && (
          <span
            className={
              state === 'failed' || state === 'running'
                ? classes[state]
                : undefined
            }
            aria-hidden="true"
          >
            {t(`state.${state}`).toLocaleLowerCase()}{' '}
          </span>
        )}
        {begun && <Duration from={startedAt} to={endedAt} />}
      </span>
      {!summary && <StageNote line={line} />}
    </Link>
  );
}

/** Attempts, and the reason a stage was skipped or stopped. */
function StageNote(props: { line: StageLine }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { last, earlier } = props.line;
  const parts: string[] = [];
  if (last.attempt > 1 && last.state !== 'skipped') {
    const before = earlier
      .filter(attempt => attempt.state !== 'skipped')
      .map(attempt => t(`state.${attempt.state}`).toLocaleLowerCase());
    parts.push(t('stages.attempt', { attempt: String(last.attempt) }));
    if (before.length > 0)
      parts.push(t('stages.before', { states: before.join(', ') }));
  }
  // A diagnosis says it better, and stands beside.
  const said = last.state === 'succeeded' || last.diagnosis !== undefined;
  if (last.reason && !said) parts.push(last.reason);
  if (parts.length === 0) return null;
  return <span className={classes.note}>{parts.join(' · ')}</span>;
}
