import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type { CreateCSSProperties } from '@material-ui/core/styles/withStyles';
import type { StageState } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { useTimeText } from '../time';
import { tones } from '../tones';
import type { StripSegment } from './stripSegments';

const useStyles = makeStyles(theme => {
  const { text, stages } = tones(theme);
  return {
    strip: { display: 'flex', gap: 1, height: 14, minWidth: 4 },
    segment: {
      minWidth: 3,
      flexBasis: 0,
      display: 'flex',
      alignItems: 'center',
      justifyContent: 'center',
      '&:first-child': { borderRadius: '2px 0 0 2px' },
      '&:last-child': { borderRadius: '0 2px 2px 0' },
      '&:only-child': { borderRadius: 2 },
    },
    ...Object.fromEntries(
      Object.entries(stages).map(([name, color]) => [
        name,
        { backgroundColor: color },
      ]),
    ),
    failed: { backgroundColor: text.bad, minWidth: 14 },
    cancelled: { backgroundColor: text.quiet },
    running: {
      backgroundImage: `repeating-linear-gradient(120deg, ${text.busy} 0 8px, ${stages.fetch} 8px 16px)`,
    },
    cross: {
      width: 10,
      height: 10,
      stroke: theme.palette.background.paper,
      strokeWidth: 1.8,
      strokeLinecap: 'round',
    },
  } as Record<string, CreateCSSProperties>;
});

/** The colour says the stage; where the outcome matters, the outcome. */
const outcomes: ReadonlySet<StageState> = new Set<StageState>([
  'failed',
  'cancelled',
  'running',
]);

/**
 * The stages of a run as one bar. Its width is the caller's, so that several share one time axis.
 */
export function StageStrip(props: {
  segments: StripSegment[];
  className?: string;
}) {
  const classes = useStyles();
  const text = useTimeText();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const said = props.segments
    .map(
      ({ name, state, length }) =>
        `${t(`stage.${name}`)} ${t(
          `state.${state}`,
        ).toLowerCase()} ${text.duration(length)}`,
    )
    .join(', ');
  return (
    <div
      className={`${classes.strip} ${props.className ?? ''}`}
      role="img"
      aria-label={said}
    >
      {props.segments.map(({ name, state, length }) => (
        <span
          key={name}
          className={`${classes.segment} ${
            outcomes.has(state) ? classes[state] : classes[name]
          }`}
          style={{ flexGrow: Math.max(1, length) }}
        >
          {state === 'failed' && (
            <svg className={classes.cross} viewBox="0 0 10 10">
              <path d="m2 2 6 6m0-6-6 6" />
            </svg>
          )}
        </span>
      ))}
    </div>
  );
}
