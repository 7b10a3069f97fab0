import { makeStyles } from '@material-ui/core/styles';
import type { ReactNode } from 'react';

const useStyles = makeStyles(theme => ({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0.5, 1.5),
    marginBottom: theme.spacing(2),
  },
  title: {
    margin: 0,
    fontSize: '1.25rem',
    lineHeight: '1.625rem',
    fontWeight: 700,
    letterSpacing: '-0.2px',
    minWidth: 0,
    overflowWrap: 'anywhere',
  },
}));

/** Heading of a tab, with what belongs beside it. */
export function PageHeading(props: { title: string; children?: ReactNode }) {
  const classes = useStyles();
  return (
    <div className={classes.root}>
      <h2 className={classes.title}>{props.title}</h2>
      {props.children}
    </div>
  );
}
