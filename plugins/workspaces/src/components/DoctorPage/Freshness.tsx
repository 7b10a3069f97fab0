import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import { workspacesTranslationRef } from '../../translation';
import { StateLabel } from '../StateLabel';
import { RelativeTime, useNow } from '../time';
import { tones } from '../tones';

/** Much may have changed since then. */
const STALE_MILLISECONDS = 5 * 60_000;

const useStyles = makeStyles(theme => ({
  root: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: 8,
    minHeight: 18,
    fontSize: '0.75rem',
    color: tones(theme).thirdInk,
    whiteSpace: 'nowrap',
  },
}));

/** When the checks were made that are shown, and whether others are on their way. */
export function Freshness(props: { at?: string; running: boolean }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const now = useNow(10_000);
  const { at, running } = props;
  const stale =
    !running && at !== undefined && now - Date.parse(at) >= STALE_MILLISECONDS;
  return (
    <span className={classes.root}>
      <span role="status">
        {running && <StateLabel state="running" />}
        {stale && <StateLabel state="stale" />}
      </span>
      {at && (
        <span>
          {t('doctor.checked')} <RelativeTime at={at} />
        </span>
      )}
    </span>
  );
}
