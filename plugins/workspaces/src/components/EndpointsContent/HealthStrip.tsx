import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import Skeleton from '@material-ui/lab/Skeleton';
import type { EndpointState } from '@slipway/backstage-plugin-workspaces-common';
import { messageOf } from '../../api/errors';
import { useEndpointHistory } from '../../hooks/useEndpointHistory';
import { workspacesTranslationRef } from '../../translation';
import { states } from '../StateLabel';
import { useNow, useTimeText } from '../time';
import { tones, type Tone } from '../tones';
import { healthSlots, healthSummary, type HealthSlot } from './healthSlots';

const HEIGHT = 20;
/** A bar and the gap after it. */
const STEP = 4;
const BAR = 3;

/** The worse the taller: what is wrong stands out, in greyscale as well. */
const heights: Record<EndpointState, number> = {
  unknown: 4,
  stopped: 4,
  starting: 8,
  healthy: 12,
  degraded: 16,
  down: HEIGHT,
};

const useStyles = makeStyles(theme => {
  const { text, secondInk, line } = tones(theme);
  return {
    strip: { display: 'block', width: '100%', maxWidth: 240, height: HEIGHT },
    ground: { stroke: line, strokeWidth: 1, strokeDasharray: '2 2' },
    words: {
      color: secondInk,
      fontSize: '0.75rem',
      lineHeight: '1rem',
      marginTop: 2,
    },
    ...(Object.fromEntries(
      Object.entries(text).map(([tone, fill]) => [tone, { fill }]),
    ) as Record<Tone, { fill: string }>),
  };
});

/**
 * How an endpoint was seen in the last hour, a bar for each interval. Where nothing was measured
 * there is no bar.
 */
export function HealthStrip(props: { endpoint: string }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const now = useNow(10_000);
  const time = useTimeText();
  const { history, error } = useEndpointHistory(props.endpoint);
  if (!history)
    return error ? (
      <div className={classes.words}>
        {t('health.failed')} {messageOf(error)}
      </div>
    ) : (
      <Skeleton variant="rect" height={HEIGHT} style={{ maxWidth: 240 }} />
    );
  const slots = healthSlots(history, now);
  const { answered, probes, unmeasured, latencyMilliseconds } = healthSummary(
    slots,
    history.intervalSeconds,
  );
  const words =
    answered === undefined
      ? t('health.none')
      : t('health.answered', {
          percent: String(answered),
          count: probes,
        });
  const gaps =
    answered !== undefined && unmeasured > 0
      ? t('health.unmeasured', { duration: time.duration(unmeasured) })
      : undefined;
  return (
    <>
      <Bars slots={slots} label={[words, gaps].filter(Boolean).join(', ')} />
      <div className={classes.words} aria-hidden="true">
        {words}
        {gaps && <div>{gaps}</div>}
      </div>
      <div className={classes.words}>
        {latencyMilliseconds !== undefined &&
          t('health.mean', { latency: time.duration(latencyMilliseconds) })}
      </div>
    </>
  );
}

function Bars(props: { slots: HealthSlot[]; label: string }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const now = useNow(10_000);
  const time = useTimeText();
  const { slots, label } = props;
  return (
    <svg
      className={classes.strip}
      viewBox={`0 0 ${slots.length * STEP} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${t('health.lastHour')}: ${label}`}
    >
      <line
        className={classes.ground}
        x1="0"
        x2={slots.length * STEP}
        y1={HEIGHT - 0.5}
        y2={HEIGHT - 0.5}
      />
      {slots.map(({ at, moment }, index) => {
        if (!moment) return null;
        const { state, failed } = moment;
        return (
          <rect
            key={at}
            className={classes[states[state].tone]}
            x={index * STEP}
            y={HEIGHT - heights[state]}
            width={BAR}
            height={heights[state]}
          >
            <title>
              {`${time.ago(at, now)}: ${t(`state.${state}`)}, ${t(
                'health.probes',
                { count: moment.probes, failed: String(failed) },
              )}`}
            </title>
          </rect>
        );
      })}
    </svg>
  );
}
