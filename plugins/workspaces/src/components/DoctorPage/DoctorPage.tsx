import { Content } from '@backstage/core-components';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Paper from '@material-ui/core/Paper';
import { makeStyles } from '@material-ui/core/styles';
import RefreshIcon from '@material-ui/icons/Refresh';
import Skeleton from '@material-ui/lab/Skeleton';
import type { ReactNode } from 'react';
import type { Check } from '@slipway/backstage-plugin-workspaces-common';
import { useChecks } from '../../hooks/useChecks';
import { workspacesTranslationRef } from '../../translation';
import { ActionButton } from '../ActionButton';
import { ActionError, CopyButton, LoadFailure, Notice } from '../feedback';
import { PageHeading } from '../PageHeading';
import {
  countChecks,
  fixesOf,
  madeAt,
  notPassed,
  reportOf,
} from './checkGroups';
import { CheckItem } from './CheckItem';
import { EngineFixes } from './EngineFixes';
import { Freshness } from './Freshness';
import { PassedChecks } from './PassedChecks';

const useStyles = makeStyles(theme => ({
  actions: {
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    marginLeft: 'auto',
  },
  paper: { borderRadius: 6 },
  list: { listStyle: 'none', margin: 0, padding: 0 },
}));

/** What must hold before a run can succeed: what does not, and what mends it, first. */
export function DoctorPage() {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { checks, running, error, run } = useChecks();
  return (
    <Content>
      {error && !checks && (
        <LoadFailure error={error} what={t('doctor.what')} onRetry={run} />
      )}
      {!error && !checks && <DoctorSkeleton />}
      {checks && <DoctorHeading checks={checks} running={running} run={run} />}
      {error && checks && (
        <ActionError
          title={t('doctor.notAnswered')}
          error={error}
          onRetry={run}
        />
      )}
      {checks && (
        <Checks checks={checks}>
          <EngineFixes fixes={fixesOf(checks)} onTried={run} />
        </Checks>
      )}
    </Content>
  );
}

function DoctorHeading(props: {
  checks: Check[];
  running: boolean;
  run: () => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { checks, running, run } = props;
  const summary = countChecks(checks)
    .map(([state, count]) => t(`doctor.summary.${state}`, { count }))
    .join(', ');
  return (
    <PageHeading title={summary || t('doctor.none')}>
      <Freshness at={madeAt(checks)} running={running} />
      <span className={classes.actions}>
        <CopyButton text={reportOf(checks)} label={t('doctor.copy')} />
        <ActionButton
          startIcon={<RefreshIcon />}
          disabled={running}
          onClick={run}
        >
          {t('doctor.again')}
        </ActionButton>
      </span>
    </PageHeading>
  );
}

/** What does not hold, then what mends it, then what holds. */
function Checks(props: { checks: Check[]; children: ReactNode }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { checks, children } = props;
  const attention = notPassed(checks);
  if (checks.length === 0) return <Notice title={t('doctor.noneFix')} />;
  return (
    <>
      {attention.length > 0 && (
        <Paper variant="outlined" className={classes.paper}>
          <ul className={classes.list} aria-label={t('doctor.attention')}>
            {attention.map(check => (
              <CheckItem key={check.id} check={check} />
            ))}
          </ul>
        </Paper>
      )}
      {children}
      <PassedChecks checks={checks.filter(({ state }) => state === 'passed')} />
    </>
  );
}

function DoctorSkeleton() {
  const { t } = useTranslationRef(workspacesTranslationRef);
  return (
    <div role="status" aria-label={t('doctor.loading')}>
      <Skeleton variant="rect" width={240} height={26} />
      {[0, 1, 2, 3].map(row => (
        <Skeleton
          key={row}
          variant="rect"
          height={64}
          style={{ marginTop: row === 0 ? 16 : 1 }}
        />
      ))}
    </div>
  );
}
