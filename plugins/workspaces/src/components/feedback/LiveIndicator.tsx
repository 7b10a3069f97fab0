import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type { LiveConnection } from '../../hooks/useLiveStream';
import { workspacesTranslationRef } from '../../translation';
import { StateLabel } from '../StateLabel';
import { useNow, useTimeText } from '../time';
import { tones } from '../tones';

/** Two heartbeats of the stream were missed. */
const STALE_MILLISECONDS = 30_000;

const useStyles = makeStyles(theme => ({
  root: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: 6,
    minHeight: 18,
    fontSize: '0.75rem',
    color: tones(theme).thirdInk,
    whiteSpace: 'nowrap',
  },
  live: { fontWeight: 700, color: tones(theme).secondInk },
  '@keyframes breathe': { '50%': { opacity: 0.35 } },
  dot: {
    width: 8,
    height: 8,
    borderRadius: '50%',
    backgroundColor: tones(theme).text.good,
    '@media (prefers-reduced-motion: no-preference)': {
      animation: '$breathe 2s ease-in-out infinite',
    },
  },
}));

/**
 * How old what the page shows is: live, connecting again, or stale with its age.
 */
export function LiveIndicator(props: {
  connection: LiveConnection;
  heardAt?: number;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const text = useTimeText();
  const now = useNow(1_000);
  const { connection } = props;
  const seenAt =
    Math.max(connection.seenAt ?? 0, props.heardAt ?? 0) || undefined;
  const age = seenAt && t('live.seen', { ago: text.ago(seenAt, now) });
  const stale =
    connection.state === 'refused' ||
    (seenAt !== undefined && now - seenAt >= STALE_MILLISECONDS);
  return (
    <span className={classes.root}>
      {/* Only the change is announced, not every second of it. */}
      <span role="status">
        {stale && <StateLabel state="stale" />}
        {!stale &&
          connection.state === 'reconnecting' &&
          t('live.reconnecting')}
      </span>
      {!stale && connection.state === 'live' && (
        <>
          <span className={classes.dot} aria-hidden="true" />
          <span className={classes.live}>{t('live.live')}</span>
        </>
      )}
      {age && <span>{age}</span>}
      {connection.state === 'refused' && <span>{t('live.refused')}</span>}
    </span>
  );
}
