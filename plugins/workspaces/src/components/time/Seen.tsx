import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import { workspacesTranslationRef } from '../../translation';
import { tones } from '../tones';
import { RelativeTime } from './RelativeTime';
import { useNow } from './useNow';

/** What runs is looked at every few seconds; what is older than this is said to be old. */
const OLD_MILLISECONDS = 60_000;

const useStyles = makeStyles(theme => ({
  old: { color: tones(theme).text.warning, fontWeight: 700 },
}));

/** When something was observed last, marked where that is long ago. */
export function Seen(props: {
  at?: string;
  /** Nothing is said of what was seen just now. */
  onlyOld?: boolean;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const now = useNow(10_000);
  if (!props.at) return <>{t('endpoints.neverSeen')}</>;
  const old = now - Date.parse(props.at) > OLD_MILLISECONDS;
  if (!old && props.onlyOld) return null;
  return (
    <span className={old ? classes.old : undefined}>
      {t('endpoints.seen')} <RelativeTime at={props.at} />
    </span>
  );
}
