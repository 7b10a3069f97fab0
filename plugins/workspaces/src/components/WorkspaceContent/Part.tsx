import { makeStyles } from '@material-ui/core/styles';
import { useMemo, type ReactNode } from 'react';
import { tones } from '../tones';

const useStyles = makeStyles(theme => ({
  part: {
    marginBottom: theme.spacing(3),
    '& > p': { margin: 0, color: tones(theme).secondInk },
  },
  title: {
    margin: theme.spacing(0, 0, 1),
    fontSize: '0.875rem',
    lineHeight: '1.25rem',
    fontWeight: 700,
  },
}));

/** A part of the page with its heading. */
export function Part(props: { title: string; children: ReactNode }) {
  const classes = useStyles();
  const id = useMemo(
    () => `slipway-${props.title.replace(/\W+/g, '-')}`,
    [props.title],
  );
  return (
    <section className={classes.part} aria-labelledby={id}>
      <h3 id={id} className={classes.title}>
        {props.title}
      </h3>
      {props.children}
    </section>
  );
}
