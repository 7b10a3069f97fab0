import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Paper from '@material-ui/core/Paper';
import { makeStyles } from '@material-ui/core/styles';
import type { Check } from '@slipway/backstage-plugin-workspaces-common';
import { CheckItem } from '../../components/DoctorPage/CheckItem';
import { tones } from '../../components/tones';
import { workspacesTranslationRef } from '../../translation';

const useStyles = makeStyles(theme => ({
  list: { listStyle: 'none', margin: 0, padding: 0 },
  paper: { borderRadius: 6, marginBottom: theme.spacing(1) },
  passed: {
    margin: 0,
    fontSize: '0.8125rem',
    color: tones(theme).secondInk,
  },
}));

const order: Check['state'][] = ['failed', 'unknown', 'warning'];

/** The checks that did not pass, the gravest first; the others are only counted. */
export function PlanChecks(props: { checks: Check[] }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { checks } = props;
  const passed = checks.filter(({ state }) => state === 'passed').length;
  const others = order.flatMap(state =>
    checks.filter(check => check.state === state),
  );
  return (
    <>
      {others.length > 0 && (
        <Paper variant="outlined" className={classes.paper}>
          <ul className={classes.list} aria-label={t('fields.plan.checks')}>
            {others.map(check => (
              <CheckItem key={check.id} check={check} />
            ))}
          </ul>
        </Paper>
      )}
      <p className={classes.passed}>
        {t('fields.plan.passed', { count: passed })}
      </p>
    </>
  );
}
