import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Dialog from '@material-ui/core/Dialog';
import DialogActions from '@material-ui/core/DialogActions';
import DialogContent from '@material-ui/core/DialogContent';
import DialogTitle from '@material-ui/core/DialogTitle';
import { makeStyles } from '@material-ui/core/styles';
import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import { useState, type FormEvent, type ReactNode } from 'react';
import { useNavigate } from 'react-router-dom';
import { useAction } from '../../hooks/useAction';
import { useRunAddress } from '../../hooks/useRunAddress';
import { workspacesTranslationRef } from '../../translation';
import { ActionButton } from '../ActionButton';
import { ActionError } from '../feedback';
import { tones } from '../tones';

/** There is one dialog at a time. */
const TITLE_ID = 'slipway-dialog-title';

const useStyles = makeStyles(theme => ({
  form: { display: 'flex', flexDirection: 'column', minHeight: 0 },
  title: {
    padding: theme.spacing(2.5, 3, 1),
    fontSize: '1.25rem',
    lineHeight: '1.625rem',
    fontWeight: 700,
    fontFamily: 'inherit',
    overflowWrap: 'anywhere',
  },
  content: {
    overflowWrap: 'anywhere',
    '& p': { margin: theme.spacing(0, 0, 1.5) },
    '& ul': { margin: theme.spacing(0, 0, 1.5), paddingLeft: theme.spacing(3) },
    '& h3': { margin: theme.spacing(2, 0, 0.5), fontSize: '0.875rem' },
  },
  buttons: { padding: theme.spacing(1.5, 3, 2.5), gap: theme.spacing(1) },
  danger: {
    color: theme.palette.background.paper,
    backgroundColor: tones(theme).text.bad,
    '&:hover': { backgroundColor: tones(theme).text.bad },
  },
}));

/**
 * Asks before something is done, and does it. What was typed stays when it is refused; when a run
 * was started its page is opened.
 */
export function ActionDialog(props: {
  title: string;
  /** What the button says. */
  confirm: string;
  /** It cannot be undone. */
  danger?: boolean;
  /** Something is missing still. */
  blocked?: boolean;
  /** What is asked for as it stands; what was said of something else is no longer shown. */
  subject?: string;
  /** What became of it when it was refused; nothing was changed if absent. */
  refusedTitle?: string;
  /** Answers with the run that it started, if it did. */
  work: () => Promise<Run | undefined>;
  onFailure?: (error: Error) => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { busy, error, start } = useAction();
  const addressOf = useRunAddress();
  const navigate = useNavigate();
  const { blocked, subject, work, onClose } = props;
  const [tried, setTried] = useState(subject);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The form is in the page by React's reckoning, and some pages are forms.
    event.stopPropagation();
    if (blocked) return;
    setTried(subject);
    start(async () => {
      const run = await work().catch(refused => {
        props.onFailure?.(refused);
        throw refused;
      });
      onClose();
      if (run && addressOf) navigate(addressOf(run.number));
    });
  };

  return (
    <Dialog
      open
      fullWidth
      maxWidth="sm"
      aria-labelledby={TITLE_ID}
      onClose={busy ? undefined : onClose}
    >
      <form className={classes.form} onSubmit={submit} noValidate>
        <DialogTitle disableTypography className={classes.title}>
          <h2 id={TITLE_ID} style={{ margin: 0, font: 'inherit' }}>
            {props.title}
          </h2>
        </DialogTitle>
        <DialogContent className={classes.content}>
          {props.children}
          {error && tried === subject && (
            <ActionError
              title={props.refusedTitle ?? t('actions.refused')}
              error={error}
            />
          )}
        </DialogContent>
        <DialogActions className={classes.buttons} disableSpacing>
          <ActionButton onClick={onClose} disabled={busy}>
            {t('actions.cancel')}
          </ActionButton>
          <ActionButton
            type="submit"
            variant="contained"
            color="primary"
            disableElevation
            className={
              props.danger && !busy && !blocked ? classes.danger : undefined
            }
            disabled={busy || blocked}
          >
            {props.confirm}
          </ActionButton>
        </DialogActions>
      </form>
    </Dialog>
  );
}
