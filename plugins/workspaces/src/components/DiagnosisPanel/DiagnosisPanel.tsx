import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Paper from '@material-ui/core/Paper';
import { makeStyles } from '@material-ui/core/styles';
import type { Diagnosis } from '@slipway/backstage-plugin-workspaces-common';
import type { ReactNode } from 'react';
import { workspacesTranslationRef } from '../../translation';
import { CopyButton } from '../feedback';
import { StateLabel } from '../StateLabel';
import { monospace, tones } from '../tones';
import { diagnosisText, inOrder } from './diagnosisText';
import { EvidenceItem } from './EvidenceItem';

const useStyles = makeStyles(theme => {
  const { ground, secondInk, thirdInk, line, text } = tones(theme);
  return {
    panel: { borderRadius: 6, overflow: 'hidden', borderColor: text.bad },
    cause: {
      display: 'flex',
      gap: theme.spacing(1.5),
      padding: theme.spacing(2, 2.5),
      backgroundColor: ground.bad,
      '& h3': {
        margin: 0,
        fontSize: '1.125rem',
        lineHeight: '1.5rem',
        fontWeight: 700,
        overflowWrap: 'anywhere',
      },
    },
    causeState: {
      fontSize: '1.125rem',
      lineHeight: '1.5rem',
      alignItems: 'flex-start',
      paddingTop: 2,
    },
    body: {
      display: 'grid',
      gridTemplateColumns: 'minmax(0, 5fr) minmax(0, 7fr)',
      [theme.breakpoints.down('md')]: { gridTemplateColumns: 'minmax(0, 1fr)' },
    },
    part: {
      padding: theme.spacing(2, 2.5),
      '& h4': {
        margin: 0,
        fontSize: '0.875rem',
        lineHeight: '1.25rem',
        fontWeight: 700,
      },
      '& + &': {
        borderLeft: `1px solid ${line}`,
        [theme.breakpoints.down('md')]: {
          borderLeft: 0,
          borderTop: `1px solid ${line}`,
        },
      },
    },
    fix: {
      margin: theme.spacing(1, 0, 2),
      whiteSpace: 'pre-wrap', // it may be a manifest
      overflowWrap: 'anywhere',
    },
    action: { marginBottom: theme.spacing(2) },
    facts: {
      display: 'grid',
      gridTemplateColumns: '92px minmax(0, 1fr)',
      gap: theme.spacing(0.75, 1.5),
      margin: 0,
      paddingTop: theme.spacing(1.5),
      borderTop: `1px solid ${line}`,
      fontSize: '0.8125rem',
      lineHeight: '1.125rem',
      '& dt': { color: thirdInk },
      '& dd': { margin: 0, overflowWrap: 'anywhere' },
    },
    code: {
      font: `12px/18px ${monospace}`,
      padding: '1px 6px',
      borderRadius: 3,
      backgroundColor: ground.quiet,
      color: secondInk,
    },
    evidence: { listStyle: 'none', margin: 0, padding: 0 },
    evidenceHead: {
      display: 'flex',
      justifyContent: 'space-between',
      alignItems: 'center',
      minHeight: 24,
    },
    none: { color: secondInk, margin: theme.spacing(1, 0, 0) },
  };
});

/** Why it failed, what mends it and who can do that, and what was seen, verbatim. */
export function DiagnosisPanel(props: {
  diagnosis: Diagnosis;
  /** Begins the fix. */
  action?: ReactNode;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { diagnosis } = props;
  const evidence = inOrder(diagnosis.evidence);
  return (
    <Paper
      variant="outlined"
      className={classes.panel}
      component="section"
      aria-label={t('diagnosis.title')}
    >
      <div className={classes.cause}>
        <StateLabel state="failed" iconOnly className={classes.causeState} />
        <h3>{diagnosis.cause}</h3>
      </div>
      <div className={classes.body}>
        <div className={classes.part}>
          <h4>{t('diagnosis.fix')}</h4>
          <p className={classes.fix}>{diagnosis.fix}</p>
          {props.action && <div className={classes.action}>{props.action}</div>}
          <dl className={classes.facts}>
            <dt>{t('diagnosis.who')}</dt>
            <dd>{t(`diagnosis.fixedBy.${diagnosis.fixedBy}`)}</dd>
            {diagnosis.autoFix && (
              <>
                <dt>{t('diagnosis.autoFix')}</dt>
                <dd>{diagnosis.autoFix.title}</dd>
              </>
            )}
            <dt>{t('diagnosis.code')}</dt>
            <dd>
              <code className={classes.code}>{diagnosis.code}</code>
            </dd>
          </dl>
        </div>
        <div className={classes.part}>
          <div className={classes.evidenceHead}>
            <h4>{t('diagnosis.evidence')}</h4>
            <CopyButton
              text={diagnosisText(diagnosis)}
              label={t('diagnosis.copy')}
            />
          </div>
          {evidence.length === 0 && (
            <p className={classes.none}>{t('diagnosis.noEvidence')}</p>
          )}
          <ul className={classes.evidence}>
            {evidence.map((item, index) => (
              <EvidenceItem key={index} evidence={item} />
            ))}
          </ul>
        </div>
      </div>
    </Paper>
  );
}
