import { Link } from '@backstage/core-components';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type {
  Run,
  RunEvent,
} from '@slipway/backstage-plugin-workspaces-common';
import type { ReactNode } from 'react';
import { workspacesTranslationRef } from '../../translation';
import { useQueueText } from '../runs';
import type { StageLine } from '../stages';
import { RelativeTime, useNow, useTimeText } from '../time';
import { tones } from '../tones';

/** A worker writes the heartbeat of its stages every 5 s. */
const LATE_HEARTBEAT_MILLISECONDS = 30_000;

const useStyles = makeStyles(theme => ({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(1.5, 5),
    margin: 0,
    fontSize: '0.8125rem',
    lineHeight: '1.125rem',
    '& dt': { fontSize: '0.75rem', color: tones(theme).thirdInk },
    '& dd': { margin: 0, overflowWrap: 'anywhere' },
  },
  second: {
    fontSize: '0.75rem',
    lineHeight: '1rem',
    color: tones(theme).secondInk,
  },
  late: { color: tones(theme).text.warning, fontWeight: 700 },
  progress: { flexBasis: '100%' },
}));

/**
 * What carries a run that goes on: queue, worker, lease, heartbeat, deadline. What was missed is
 * said by what the backend told last, never by the clock of this browser alone.
 */
export function RunFacts(props: {
  run: Run;
  /** When the backend said so; milliseconds. */
  heardAt: number;
  selected?: StageLine;
  progress?: RunEvent;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { run, heardAt, selected, progress } = props;
  const stage = selected?.last.state === 'running' ? selected.last : undefined;
  return (
    <dl className={classes.root}>
      {progress && stage && (
        <Fact
          className={classes.progress}
          name={t('facts.now')}
          second={<RelativeTime at={progress.at} />}
        >
          {progress.message}
        </Fact>
      )}
      <QueueFact run={run} />
      {run.worker && (
        <Fact
          name={t('facts.worker')}
          second={t('facts.claims', { count: run.epoch })}
        >
          {run.worker}
        </Fact>
      )}
      {run.state === 'running' && run.leaseUntil && (
        <LeaseFact until={Date.parse(run.leaseUntil)} heardAt={heardAt} />
      )}
      {stage?.heartbeatAt && (
        <Fact name={t('facts.heartbeat')}>
          <span
            className={
              heardAt - Date.parse(stage.heartbeatAt) >
              LATE_HEARTBEAT_MILLISECONDS
                ? classes.late
                : undefined
            }
          >
            <RelativeTime at={stage.heartbeatAt} />
          </span>
        </Fact>
      )}
      {stage?.deadlineAt && <DeadlineFact at={Date.parse(stage.deadlineAt)} />}
    </dl>
  );
}

function QueueFact(props: { run: Run }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const text = useTimeText();
  const queueText = useQueueText();
  const { run } = props;
  if (run.state === 'queued' && run.queue) {
    const { behindRun } = run.queue;
    return (
      <Fact
        name={t('facts.queue')}
        second={
          behindRun && <Link to={`../${behindRun}`}>{t('facts.behind')}</Link>
        }
      >
        {queueText(run.queue)}
      </Fact>
    );
  }
  if (!run.startedAt) return null;
  const waited = text.duration(
    Date.parse(run.startedAt) - Date.parse(run.createdAt),
  );
  return (
    <Fact name={t('facts.queue')}>
      {t('facts.waited', { duration: waited })}
    </Fact>
  );
}

function LeaseFact(props: { until: number; heardAt: number }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const text = useTimeText();
  const now = useNow(1_000);
  const { until, heardAt } = props;
  if (until < heardAt) {
    return (
      <Fact name={t('facts.lease')} second={t('facts.leaseOver')}>
        <span className={classes.late}>
          {t('facts.ranOut', { ago: text.ago(until, now) })}
        </span>
      </Fact>
    );
  }
  const left = until - now;
  return (
    <Fact name={t('facts.lease')}>
      {left > 0
        ? t('facts.runsOut', { duration: text.duration(left) })
        : t('facts.renewing')}
    </Fact>
  );
}

function DeadlineFact(props: { at: number }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const text = useTimeText();
  const now = useNow(1_000);
  const left = props.at - now;
  return (
    <Fact name={t('facts.deadline')}>
      {left > 0 ? (
        t('facts.in', { duration: text.duration(left) })
      ) : (
        <span className={classes.late}>
          {t('facts.passed', { ago: text.ago(props.at, now) })}
        </span>
      )}
    </Fact>
  );
}

function Fact(props: {
  name: string;
  children: ReactNode;
  second?: ReactNode;
  className?: string;
}) {
  const classes = useStyles();
  return (
    <div className={props.className}>
      <dt>{props.name}</dt>
      <dd>
        {props.children}
        {props.second && <div className={classes.second}>{props.second}</div>}
      </dd>
    </div>
  );
}
