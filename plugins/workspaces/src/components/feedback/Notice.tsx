import { makeStyles } from '@material-ui/core/styles';
import type { ReactNode } from 'react';
import { tones } from '../tones';

const useStyles = makeStyles(theme => ({
  root: { padding: theme.spacing(2, 0), maxWidth: 720 },
  title: { margin: 0, fontSize: '1rem', lineHeight: '1.5rem', fontWeight: 700 },
  text: {
    color: tones(theme).secondInk,
    overflowWrap: 'anywhere',
    '& p': { margin: theme.spacing(0.5, 0, 0) },
  },
  action: { marginTop: theme.spacing(2) },
}));

/** A page, or a part of it, that has nothing to show: why, and what to do. */
export function Notice(props: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  const classes = useStyles();
  return (
    <div className={classes.root}>
      <h3 className={classes.title}>{props.title}</h3>
      {props.children && <div className={classes.text}>{props.children}</div>}
      {props.action && <div className={classes.action}>{props.action}</div>}
    </div>
  );
}
