import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type { LastExit } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { tones } from '../tones';
import { LastExitText } from './LastExitText';

const useStyles = makeStyles(theme => ({
  some: { color: tones(theme).text.warning, fontWeight: 700 },
  none: { color: tones(theme).thirdInk },
  second: {
    color: tones(theme).secondInk,
    fontSize: '0.75rem',
    lineHeight: '1rem',
    marginTop: 2,
  },
}));

/** How often something was started again, and why it ended last. */
export function Restarts(props: { count?: number; lastExit?: LastExit }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { count, lastExit } = props;
  if (count === undefined)
    return <span className={classes.none}>{t('restarts.unknown')}</span>;
  return (
    <>
      <span className={count > 0 ? classes.some : classes.none}>
        {t('restarts.count', { count })}
      </span>
      {lastExit && (
        <div className={classes.second}>
          <LastExitText exit={lastExit} />
        </div>
      )}
    </>
  );
}
