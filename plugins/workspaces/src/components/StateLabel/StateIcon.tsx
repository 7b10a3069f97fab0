import { makeStyles } from '@material-ui/core/styles';
import type { Shape } from './states';

const useStyles = makeStyles({
  icon: { width: '1.15em', height: '1.15em', flex: 'none', display: 'block' },
  cut: {
    stroke: 'var(--slipway-cut)',
    fill: 'none',
    strokeWidth: 1.8,
    strokeLinecap: 'round',
    strokeLinejoin: 'round',
  },
  line: {
    stroke: 'currentColor',
    fill: 'none',
    strokeWidth: 1.8,
    strokeLinecap: 'round',
  },
  '@keyframes turn': { to: { transform: 'rotate(360deg)' } },
  turning: {
    transformOrigin: 'center',
    '@media (prefers-reduced-motion: no-preference)': {
      animation: '$turn 1.4s linear infinite',
    },
  },
});

/** The shape of a state, in the colour of the text around it. Only StateLabel draws it. */
export function StateIcon(props: { shape: Shape }) {
  const classes = useStyles();
  return (
    <svg
      className={classes.icon}
      viewBox="0 0 16 16"
      aria-hidden="true"
      focusable="false"
    >
      <ShapeOf shape={props.shape} />
    </svg>
  );
}

function ShapeOf(props: { shape: Shape }) {
  const classes = useStyles();
  switch (props.shape) {
    case 'disc-tick':
      return (
        <>
          <circle cx="8" cy="8" r="7" fill="currentColor" />
          <path className={classes.cut} d="M4.9 8.3 7 10.4l4.1-4.5" />
        </>
      );
    case 'octagon-cross':
      return (
        <>
          <path
            fill="currentColor"
            d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z"
          />
          <path className={classes.cut} d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" />
        </>
      );
    case 'turning-ring':
      return (
        <g className={classes.turning}>
          <circle className={classes.line} cx="8" cy="8" r="6" opacity="0.35" />
          <path className={classes.line} d="M8 2a6 6 0 0 1 6 6" />
        </g>
      );
    case 'triangle':
      return (
        <>
          <path fill="currentColor" d="M8 1.2 15.4 14.4H.6z" />
          <path className={classes.cut} d="M8 6v3.6M8 12v.1" />
        </>
      );
    case 'disc-square':
      return (
        <>
          <circle cx="8" cy="8" r="7" fill="currentColor" />
          <path fill="var(--slipway-cut)" d="M5.6 5.6h4.8v4.8H5.6z" />
        </>
      );
    case 'barred-ring':
      return (
        <>
          <circle className={classes.line} cx="8" cy="8" r="6" />
          <path className={classes.line} d="m3.8 12.2 8.4-8.4" />
        </>
      );
    case 'dashed-ring':
      return (
        <>
          <circle
            className={classes.line}
            cx="8"
            cy="8"
            r="6.4"
            strokeDasharray="2.4 2.6"
          />
          <path
            className={classes.line}
            d="M6.3 6.4a1.8 1.8 0 1 1 2.5 1.7c-.5.2-.8.5-.8 1M8 11.5v.1"
          />
        </>
      );
    default:
      return <circle className={classes.line} cx="8" cy="8" r="6" />;
  }
}
