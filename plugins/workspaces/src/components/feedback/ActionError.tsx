import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import Alert from '@material-ui/lab/Alert';
import { messageOf } from '../../api/errors';
import { workspacesTranslationRef } from '../../translation';
import { ActionButton } from '../ActionButton';

const useStyles = makeStyles(theme => ({
  root: {
    margin: theme.spacing(2, 0),
    overflowWrap: 'anywhere',
    fontFamily: 'inherit',
  },
}));

/** Why something that was asked for was not done: to be closed, or to be asked for again. */
export function ActionError(props: {
  title: string;
  error: Error;
  onClose?: () => void;
  onRetry?: () => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const retry = props.onRetry && (
    <ActionButton variant="text" color="inherit" onClick={props.onRetry}>
      {t('failure.retry')}
    </ActionButton>
  );
  return (
    <Alert
      className={classes.root}
      severity="error"
      variant="outlined"
      action={retry}
      onClose={props.onClose}
      closeText={t('failure.close')}
    >
      <strong>{props.title}</strong> {messageOf(props.error)}
    </Alert>
  );
}
