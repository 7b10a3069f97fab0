import { LinkButton, type LinkButtonProps } from '@backstage/core-components';
import Button, { type ButtonProps } from '@material-ui/core/Button';
import { makeStyles } from '@material-ui/core/styles';
import { focusOutline } from './focus';

const useStyles = makeStyles(theme => ({
  button: {
    fontFamily: 'inherit', // that of the page around it
    textTransform: 'none',
    fontWeight: 700,
    whiteSpace: 'nowrap',
    ...focusOutline(theme),
  },
}));

/** A verb with its object, written as it is spoken. */
export function ActionButton(props: ButtonProps) {
  const classes = useStyles();
  const className = props.className
    ? `${classes.button} ${props.className}`
    : classes.button;
  return (
    <Button size="small" variant="outlined" {...props} className={className} />
  );
}

/** As ActionButton, for what is done on another page. */
export function ActionLink(props: LinkButtonProps) {
  const classes = useStyles();
  return (
    <LinkButton
      size="small"
      variant="outlined"
      {...props}
      className={classes.button}
    />
  );
}
