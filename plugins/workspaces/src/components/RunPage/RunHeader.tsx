import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type {
  Run,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import type { LiveConnection } from '../../hooks/useLiveStream';
import { workspacesTranslationRef } from '../../translation';
import { LiveIndicator } from '../feedback';
import { Person } from '../Person';
import { useRunTitle } from '../runs';
import { firstUnfinished, type StageRow } from '../stages';
import { StateLabel } from '../StateLabel';
import { Duration, RelativeTime } from '../time';
import { tones } from '../tones';
import { RunActions, type AnotherSource } from './RunActions';

const useStyles = makeStyles(theme => ({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    gap: theme.spacing(1.5, 2),
  },
  heading: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0.5, 1.5),
    minWidth: 0,
  },
  title: {
    margin: 0,
    fontSize: '1.25rem',
    lineHeight: '1.625rem',
    fontWeight: 700,
    letterSpacing: '-0.2px',
    overflowWrap: 'anywhere',
  },
  number: {
    fontWeight: 400,
    color: tones(theme).secondInk,
    marginRight: theme.spacing(0.5),
  },
  facts: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5, 2.5),
    margin: theme.spacing(0.75, 0, 0),
    padding: 0,
    listStyle: 'none',
    fontSize: '0.8125rem',
    color: tones(theme).secondInk,
  },
}));

/** What the run is, how it stands, and what can be done with it. */
export function RunHeader(props: {
  run: Run;
  rows: StageRow[];
  connection: LiveConnection;
  heardAt: number;
  busy: boolean;
  anotherSource?: AnotherSource;
  onCancel: () => void;
  onRetry: (from?: StageName) => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { run, rows } = props;
  const titleOf = useRunTitle();
  const failedIn = run.state === 'failed' ? firstUnfinished(rows) : undefined;
  return (
    <header className={classes.root}>
      <div>
        <div className={classes.heading}>
          <h2 className={classes.title}>
            <span className={classes.number}>
              {t('run.number', { number: String(run.number) })}
            </span>{' '}
            {titleOf(run)}
          </h2>
          <StateLabel
            state={run.state}
            detail={
              failedIn && t('run.inStage', { stage: t(`stage.${failedIn}`) })
            }
          />
          <LiveIndicator
            connection={props.connection}
            heardAt={props.heardAt}
          />
        </div>
        <ul className={classes.facts}>
          <li>
            {t('run.by')} <Person entityRef={run.createdBy} />
          </li>
          <li>
            {run.startedAt ? (
              <>
                {t('run.started')} <RelativeTime at={run.startedAt} />
              </>
            ) : (
              <>
                {t('run.created')} <RelativeTime at={run.createdAt} />
              </>
            )}
          </li>
          {run.startedAt && (
            <li>
              {run.endedAt ? t('run.took') : t('run.soFar')}{' '}
              <Duration from={run.startedAt} to={run.endedAt} />
            </li>
          )}
          <li>{run.workspaceName}</li>
          {run.apps.length > 0 && <li>{run.apps.join(', ')}</li>}
        </ul>
      </div>
      <RunActions
        run={run}
        rows={rows}
        busy={props.busy}
        anotherSource={props.anotherSource}
        onCancel={props.onCancel}
        onRetry={props.onRetry}
      />
    </header>
  );
}
