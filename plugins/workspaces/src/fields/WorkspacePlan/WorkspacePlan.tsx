import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import RefreshIcon from '@material-ui/icons/Refresh';
import Skeleton from '@material-ui/lab/Skeleton';
import { useEffect, useRef } from 'react';
import { workspacesApiRef } from '../../api';
import { messageOf } from '../../api/errors';
import { ActionButton } from '../../components/ActionButton';
import { Notice } from '../../components/feedback';
import { StateLabel } from '../../components/StateLabel';
import { VisuallyHidden } from '../../components/VisuallyHidden';
import { monospace } from '../../components/tones';
import { workspacesTranslationRef } from '../../translation';
import { noComplaint, withdrawComplaint } from '../complaints';
import { FieldFrame } from '../FieldFrame';
import { formOf } from '../form';
import type { PlanAnswer } from './askPlan';
import { PlanView } from './PlanView';
import { workspacePlanSchema } from './schema';
import { usePlan } from './usePlan';

const useStyles = makeStyles({
  head: {
    display: 'flex',
    justifyContent: 'space-between',
    alignItems: 'center',
    gap: 8,
    minHeight: 32,
  },
  field: { fontFamily: monospace, fontWeight: 700 },
});

/** What the form would bring up, before it is sent. */
export function WorkspacePlan(props: typeof workspacePlanSchema.TProps) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { formData, onChange, schema } = props;
  // A field without a value is not validated.
  useEffect(() => {
    if (!formData) onChange({});
  });
  const { answer, again } = usePlan(formOf(props.formContext));
  const api = useApi(workspacesApiRef);
  const say = useRef(onChange);
  say.current = onChange;
  useEffect(() => {
    // No answer is there while another one is asked for: the form was changed, or may be possible now.
    if (!answer && withdrawComplaint(api, 'plan')) say.current({}, noComplaint);
  }, [answer, api]);
  return (
    <FieldFrame title={schema.title} description={schema.description}>
      <div className={classes.head}>
        <PlanStatus answer={answer} />
        <ActionButton
          startIcon={<RefreshIcon />}
          disabled={!answer}
          onClick={again}
        >
          {t('fields.plan.refresh')}
        </ActionButton>
      </div>
      {!answer && <Skeleton variant="rect" height={160} />}
      {answer?.state === 'made' && <PlanView plan={answer.plan} />}
      {answer && answer.state !== 'made' && <NoPlan answer={answer} />}
    </FieldFrame>
  );
}

/** One line for all, announced when it changes. */
function PlanStatus(props: { answer?: PlanAnswer }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { answer } = props;
  if (!answer)
    return (
      <span role="status">
        <VisuallyHidden>{t('fields.plan.loading')}</VisuallyHidden>
      </span>
    );
  if (answer.state !== 'made')
    return (
      <span role="status">
        <StateLabel
          state={answer.state === 'unmade' ? 'unknown' : 'failed'}
          iconOnly
        />{' '}
        {t(`fields.plan.${answer.state}`)}
      </span>
    );
  const { workspace, checks } = answer.plan;
  const failing = checks.filter(({ state }) => state === 'failed').length;
  return (
    <span role="status">
      <StateLabel state={failing > 0 ? 'warning' : 'passed'} iconOnly />{' '}
      {failing > 0
        ? t('fields.plan.failing', { count: failing })
        : t('fields.plan.made', { name: workspace })}
    </span>
  );
}

function NoPlan(props: { answer: Exclude<PlanAnswer, { state: 'made' }> }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { answer } = props;
  if (answer.state === 'refused')
    return (
      <Notice
        title={answer.field ? t('fields.plan.field') : t('fields.plan.refused')}
      >
        {answer.field && <p className={classes.field}>{answer.field}</p>}
        <p>{answer.reason}</p>
        <p>{t('fields.plan.refusedFix')}</p>
      </Notice>
    );
  return answer.state === 'forbidden' ? (
    <Notice title={answer.reason}>
      <p>{t('fields.plan.forbiddenFix')}</p>
    </Notice>
  ) : (
    <Notice title={messageOf(answer.error)}>
      <p>{t('fields.plan.unmadeFix')}</p>
    </Notice>
  );
}
