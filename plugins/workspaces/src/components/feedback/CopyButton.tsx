import { useTranslationRef } from '@backstage/frontend-plugin-api';
import IconButton from '@material-ui/core/IconButton';
import { makeStyles } from '@material-ui/core/styles';
import FileCopyOutlinedIcon from '@material-ui/icons/FileCopyOutlined';
import { useEffect, useState } from 'react';
import useCopyToClipboard from 'react-use/esm/useCopyToClipboard';
import { workspacesTranslationRef } from '../../translation';
import { focusOutline } from '../focus';
import { tones } from '../tones';

const SHOWN_MILLISECONDS = 2_000;

const useStyles = makeStyles(theme => ({
  root: { display: 'inline-flex', alignItems: 'center', gap: 4 },
  button: {
    padding: 4,
    borderRadius: 4,
    '& svg': { fontSize: 16 },
    ...focusOutline(theme),
  },
  said: { fontSize: '0.75rem', color: tones(theme).secondInk },
}));

/** Copies a text, and says whether that worked. */
export function CopyButton(props: { text: string; label: string }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const [outcome, setOutcome] = useState<'done' | 'failed'>();
  useEffect(() => {
    if (!outcome) return undefined;
    const timer = setTimeout(() => setOutcome(undefined), SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const [, copyTheOldWay] = useCopyToClipboard();
  const copy = async () => {
    try {
      // Browsers give the clipboard to pages of https and of this machine only.
      if (navigator.clipboard) await navigator.clipboard.writeText(props.text);
      else copyTheOldWay(props.text);
      setOutcome('done');
    } catch {
      setOutcome('failed');
    }
  };
  return (
    <span className={classes.root}>
      <IconButton
        className={classes.button}
        aria-label={props.label}
        onClick={copy}
      >
        <FileCopyOutlinedIcon />
      </IconButton>
      <span role="status" className={classes.said}>
        {outcome && t(`copy.${outcome}`)}
      </span>
    </span>
  );
}
