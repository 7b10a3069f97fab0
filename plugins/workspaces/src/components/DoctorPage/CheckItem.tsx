import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type { Check } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { StateLabel } from '../StateLabel';
import { tones } from '../tones';

const useStyles = makeStyles(theme => {
  const { secondInk, thirdInk, line } = tones(theme);
  return {
    item: {
      display: 'grid',
      gridTemplateColumns: '110px minmax(0, 1fr)',
      alignItems: 'start',
      gap: theme.spacing(0.5, 2),
      padding: theme.spacing(1.5, 2),
      '&:not(:last-child)': { borderBottom: `1px solid ${line}` },
      [theme.breakpoints.down('xs')]: {
        gridTemplateColumns: 'minmax(0, 1fr)',
      },
    },
    words: { overflowWrap: 'anywhere', whiteSpace: 'pre-line' },
    title: {
      margin: 0,
      fontSize: '0.875rem',
      lineHeight: '1.25rem',
      fontWeight: 700,
    },
    message: { margin: theme.spacing(0.25, 0, 0), color: secondInk },
    code: { marginLeft: theme.spacing(1), fontWeight: 400, color: thirdInk },
    facts: {
      display: 'grid',
      gridTemplateColumns: '92px minmax(0, 1fr)',
      gap: theme.spacing(0.5, 1.5),
      margin: theme.spacing(1, 0, 0),
      fontSize: '0.8125rem',
      lineHeight: '1.25rem',
      '& dt': { color: thirdInk },
      '& dd': { margin: 0, whiteSpace: 'pre-wrap' }, // rules of a role are more lines
    },
  };
});

/** A check that did not pass: what was found, what mends it, and who can do that. */
export function CheckItem(props: { check: Check }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { state, title, code, message, fix, fixedBy } = props.check;
  return (
    <li className={classes.item}>
      <StateLabel state={state} />
      <div className={classes.words}>
        <h3 className={classes.title}>
          {title}
          {code && <code className={classes.code}>{code}</code>}
        </h3>
        <p className={classes.message}>{message}</p>
        {(fix || fixedBy) && (
          <dl className={classes.facts}>
            {fix && (
              <>
                <dt>{t('doctor.fix')}</dt>
                <dd>{fix}</dd>
              </>
            )}
            {fixedBy && (
              <>
                <dt>{t('doctor.who')}</dt>
                <dd>{t(`doctor.fixedBy.${fixedBy}`)}</dd>
              </>
            )}
          </dl>
        )}
      </div>
    </li>
  );
}
