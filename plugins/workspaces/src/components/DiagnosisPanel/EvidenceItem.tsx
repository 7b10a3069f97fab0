import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type { Evidence } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { CopyButton } from '../feedback';
import { RelativeTime } from '../time';
import { monospace, tones } from '../tones';

const useStyles = makeStyles(theme => {
  const { ground, secondInk, thirdInk, sunk } = tones(theme);
  return {
    item: { marginTop: theme.spacing(1) },
    head: {
      display: 'flex',
      flexWrap: 'wrap',
      alignItems: 'center',
      gap: theme.spacing(0, 1),
      minHeight: 28,
      fontSize: '0.75rem',
      lineHeight: '1rem',
    },
    source: { fontWeight: 700, overflowWrap: 'anywhere' },
    at: { color: thirdInk },
    first: {
      padding: '1px 6px',
      borderRadius: 3,
      backgroundColor: ground.quiet,
      color: secondInk,
    },
    copy: { marginLeft: 'auto' },
    text: {
      margin: theme.spacing(0.5, 0, 0),
      padding: theme.spacing(1, 1.25),
      maxHeight: 260,
      overflow: 'auto',
      borderRadius: 4,
      backgroundColor: sunk,
      font: `12px/17px ${monospace}`,
      whiteSpace: 'pre-wrap',
      overflowWrap: 'anywhere',
    },
  };
});

/** One thing that was seen: who said it, when, and its words as they were. */
export function EvidenceItem(props: { evidence: Evidence }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { kind, source, at, text, first } = props.evidence;
  const name = `${t(`evidence.${kind}`)} ${source}`;
  return (
    <li className={classes.item}>
      <div className={classes.head}>
        <span className={classes.source}>{name}</span>
        <span className={classes.at}>
          <RelativeTime at={at} />
        </span>
        {first && <span className={classes.first}>{t('diagnosis.first')}</span>}
        <span className={classes.copy}>
          <CopyButton
            text={text}
            label={t('diagnosis.copyEvidence', { name })}
          />
        </span>
      </div>
      {/* Long evidence scrolls, and must do so by keyboard as well. */}
      <pre
        className={classes.text}
        {...(isLong(text) && {
          tabIndex: 0,
          role: 'group',
          'aria-label': name,
        })}
      >
        {text}
      </pre>
    </li>
  );
}

function isLong(text: string): boolean {
  return text.length > 600 || text.split('\n').length > 14;
}
