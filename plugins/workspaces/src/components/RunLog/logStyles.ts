import { makeStyles } from '@material-ui/core/styles';
import { monospace, tones } from '../tones';

/**
 * Styles of the log and of everything in it. The log asks for them once, not each of its many lines.
 */
export const useLogStyles = makeStyles(theme => {
  const { ground, text, thirdInk, secondInk, selected, sunk, ...marks } =
    tones(theme);
  const narrow = theme.breakpoints.down('xs');
  return {
    viewport: {
      position: 'relative', // the rows' offsets count from here
      maxHeight: 'min(70vh, 640px)',
      overflow: 'auto',
      overflowAnchor: 'none', // useLogScroll keeps the place
      padding: theme.spacing(1, 0),
      backgroundColor: sunk,
      font: `12.5px/20px ${monospace}`,
      '&:focus-visible': {
        outline: `2px solid ${text.busy}`,
        outlineOffset: -2,
      },
    },
    unwrapped: {
      '& > div': { width: 'max-content', minWidth: '100%' },
      '& $text': { whiteSpace: 'pre', overflowWrap: 'normal' },
    },
    row: {
      display: 'grid',
      gridTemplateColumns: 'minmax(52px, max-content) 84px minmax(0, 1fr)',
      paddingRight: theme.spacing(2),
      '&:hover': { backgroundColor: theme.palette.action.hover },
      [narrow]: {
        gridTemplateColumns: 'minmax(40px, max-content) minmax(0, 1fr)',
      },
    },
    number: {
      color: thirdInk,
      textAlign: 'right',
      paddingRight: 14,
      paddingLeft: 8,
      userSelect: 'none',
      textDecoration: 'none',
      '&:hover': { textDecoration: 'underline' },
    },
    time: {
      color: thirdInk,
      userSelect: 'none',
      [narrow]: { display: 'none' },
    },
    text: { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
    hit: {
      backgroundColor: ground.warning,
      '& $number, & $time': { color: secondInk },
    },
    error: {
      backgroundColor: ground.bad,
      boxShadow: `inset 3px 0 0 ${text.bad}`,
      '& $number, & $time': { color: secondInk },
    },
    marked: {
      backgroundColor: selected,
      boxShadow: `inset 3px 0 0 ${text.busy}`,
      '& $number, & $time': { color: secondInk },
    },
    mark: {
      backgroundColor: marks.mark,
      color: marks.markInk,
      borderRadius: 2,
    },
    currentMark: {
      backgroundColor: marks.currentMark,
      color: marks.markInk,
      borderRadius: 2,
    },
    // What a program may ask of a terminal.
    red: { color: text.bad },
    green: { color: text.good },
    yellow: { color: text.warning },
    blue: { color: text.busy },
    cyan: { color: text.busy },
    magenta: { color: marks.stages.migrate },
    dim: { color: thirdInk },
    bold: { fontWeight: 700 },
  };
});

/** Names of the classes of {@link useLogStyles}. */
export type LogStyles = ReturnType<typeof useLogStyles>;
