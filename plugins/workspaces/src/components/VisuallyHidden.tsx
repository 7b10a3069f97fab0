import { makeStyles } from '@material-ui/core/styles';
import type { HTMLAttributes } from 'react';

const useStyles = makeStyles({
  hidden: {
    position: 'absolute',
    width: 1,
    height: 1,
    margin: -1,
    overflow: 'hidden',
    clipPath: 'inset(50%)',
    whiteSpace: 'nowrap',
  },
});

/** Text for those who hear the page. */
export function VisuallyHidden(props: HTMLAttributes<HTMLSpanElement>) {
  const classes = useStyles();
  return <span {...props} className={classes.hidden} />;
}
