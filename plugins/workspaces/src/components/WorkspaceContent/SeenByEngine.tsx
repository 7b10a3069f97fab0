import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { StateLabel } from '../StateLabel';
import { RelativeTime } from '../time';
import { tones } from '../tones';

const useStyles = makeStyles(theme => ({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0.5, 1),
    margin: theme.spacing(0, 0, 2),
    fontSize: '0.8125rem',
    color: tones(theme).secondInk,
  },
}));

/** What is to be known of the engine's own view: that it is old, that there is none, that nothing is there. */
export function SeenByEngine(props: { workspace: Workspace }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { engine, observedAt, present, apps } = props.workspace;
  if (present) return null;
  if (observedAt === undefined)
    return (
      <p className={classes.root}>
        <StateLabel state="unknown" />
        <span>{t('seen.never', { engine })}</span>
      </p>
    );
  if (present === undefined)
    return (
      <p className={classes.root}>
        <StateLabel state="stale" />
        <span>
          {t('seen.stale', { engine })} <RelativeTime at={observedAt} />
        </span>
      </p>
    );
  // That what was deployed is not there needs action, which is said above all else.
  if (apps.some(app => app.release !== undefined)) return null;
  return (
    <p className={classes.root}>
      <span>
        {t('seen.nothing', { engine })} <RelativeTime at={observedAt} />
      </span>
    </p>
  );
}
