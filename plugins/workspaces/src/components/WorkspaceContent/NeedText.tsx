import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import { workspacesTranslationRef } from '../../translation';
import {
  desiredReplicas,
  lastEnded,
  servingReplicas,
  type Need,
} from '../observed';
import { monospace, tones } from '../tones';
import { DriftText } from './DriftText';
import { LastExitText } from './LastExitText';

const useStyles = makeStyles(theme => ({
  second: {
    fontSize: '0.75rem',
    lineHeight: '1rem',
    color: tones(theme).secondInk,
    whiteSpace: 'pre-line',
  },
  code: { fontFamily: monospace },
}));

/** What is wrong, in a sentence that names the thing and the cause as far as it was seen. */
export function NeedText(props: { need: Need; engine: string }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { need, engine } = props;
  switch (need.kind) {
    case 'absent':
      return <div>{t('needs.absent', { engine })}</div>;
    case 'run': {
      const { number, cause, code } = need.run;
      return (
        <div>
          {cause ?? t('needs.run', { number: String(number) })}
          {code && (
            <div className={classes.second}>
              <span className={classes.code}>{code}</span>
            </div>
          )}
        </div>
      );
    }
    case 'app': {
      const { app } = need;
      const up = servingReplicas(app).filter(
        ({ state }) => state === 'running',
      ).length;
      const ended = lastEnded(app);
      return (
        <div>
          <strong>{app.name}</strong>{' '}
          {t('needs.replicas', {
            up: String(up),
            count: desiredReplicas(app),
          })}
          {ended?.lastExit && (
            <div className={classes.second}>
              {t('restarts.count', { count: ended.restarts })},{' '}
              <LastExitText exit={ended.lastExit} />
            </div>
          )}
        </div>
      );
    }
    case 'dependency': {
      const { name, restarts = 0, lastExit } = need.dependency;
      return (
        <div>
          <strong>{name}</strong> {t('needs.dependency')}
          {lastExit && (
            <div className={classes.second}>
              {t('restarts.count', { count: restarts })},{' '}
              <LastExitText exit={lastExit} />
            </div>
          )}
        </div>
      );
    }
    case 'drift':
      return <DriftText drift={need.drift} />;
    default: {
      const { url, app, message } = need.endpoint;
      return (
        <div>
          <strong>{url ?? app}</strong> {t('needs.endpoint')}
          {message && <div className={classes.second}>{message}</div>}
        </div>
      );
    }
  }
}
