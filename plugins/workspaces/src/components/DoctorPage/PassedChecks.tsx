import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type { Check } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { StateLabel } from '../StateLabel';
import { tones } from '../tones';

const useStyles = makeStyles(theme => {
  const { secondInk, line } = tones(theme);
  return {
    title: {
      margin: theme.spacing(3, 0, 1),
      fontSize: '0.875rem',
      lineHeight: '1.25rem',
    },
    list: {
      listStyle: 'none',
      margin: 0,
      padding: 0,
      display: 'grid',
      gridTemplateColumns: 'repeat(auto-fill, minmax(min(420px, 100%), 1fr))',
      columnGap: theme.spacing(4),
    },
    item: {
      display: 'grid',
      gridTemplateColumns: 'auto minmax(0, 2fr) minmax(0, 3fr)',
      alignItems: 'baseline',
      gap: theme.spacing(0, 1),
      padding: theme.spacing(0.75, 0),
      borderBottom: `1px solid ${line}`,
      fontSize: '0.8125rem',
      lineHeight: '1.125rem',
      overflowWrap: 'anywhere',
    },
    icon: { alignSelf: 'start', paddingTop: 1 },
    message: { color: secondInk, textAlign: 'right' },
  };
});

/** What holds, quietly. */
export function PassedChecks(props: { checks: Check[] }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  if (props.checks.length === 0) return null;
  return (
    <>
      <h3 className={classes.title}>{t('doctor.passed')}</h3>
      <ul className={classes.list}>
        {props.checks.map(({ id, title, state, message }) => (
          <li key={id} className={classes.item}>
            <StateLabel state={state} iconOnly className={classes.icon} />
            <span>{title}</span>
            <span className={classes.message}>{message}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
