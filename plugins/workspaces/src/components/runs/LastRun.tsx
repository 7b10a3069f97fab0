import { Link } from '@backstage/core-components';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type {
  App,
  RunSummary,
} from '@slipway/backstage-plugin-workspaces-common';
import { useAppAddress } from '../../hooks/useAppAddress';
import { workspacesTranslationRef } from '../../translation';
import { StateLabel } from '../StateLabel';
import { RelativeTime } from '../time';
import { monospace, tones } from '../tones';

const useStyles = makeStyles(theme => {
  const { secondInk, thirdInk, text, ground } = tones(theme);
  return {
    head: {
      display: 'flex',
      flexWrap: 'wrap',
      alignItems: 'center',
      gap: theme.spacing(0, 1),
    },
    second: { color: secondInk, fontSize: '0.75rem', lineHeight: '1rem' },
    none: { color: thirdInk },
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
      borderRadius: 3,
      backgroundColor: ground.quiet,
      color: secondInk,
    },
  };
});

/** What happened to a workspace last: what it was, how it went, when, and why it failed. */
export function LastRun(props: { run?: RunSummary; apps: App[] }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { run, apps } = props;
  if (!run)
    return <span className={classes.none}>{t('workspaces.noRun')}</span>;
  const { state, cause, code } = run;
  return (
    <>
      <div className={classes.head}>
        <StateLabel state={state} />
        <span className={classes.second}>
          <RelativeTime at={run.endedAt ?? run.startedAt ?? run.createdAt} />
        </span>
      </div>
      <RunLink run={run} entityRef={entityOf(run, apps)} />
      {state === 'failed' && cause && (
        <div className={classes.cause}>
          {cause} {code && <span className={classes.code}>{code}</span>}
        </div>
      )}
    </>
  );
}

/** A run is shown on the entity of an app that it concerns; a workspace without apps has none. */
function entityOf(
  { apps: names }: RunSummary,
  apps: App[],
): string | undefined {
  const concerned = apps.find(({ name }) => names.includes(name)) ?? apps[0];
  return concerned?.entityRef;
}

function RunLink(props: { run: RunSummary; entityRef?: string }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const addressOf = useAppAddress();
  const { run, entityRef } = props;
  const text = t('workspaces.run', {
    kind: t(`workspaces.kind.${run.kind}`),
    number: String(run.number),
  });
  return entityRef ? (
    <Link to={addressOf(entityRef, `builds/${run.number}`)}>{text}</Link>
  ) : (
    <span>{text}</span>
  );
}
