import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { usePermission } from '@backstage/plugin-permission-react';
import { makeStyles } from '@material-ui/core/styles';
import {
  engineFixPermission,
  type CheckFix,
} from '@slipway/backstage-plugin-workspaces-common';
import { useState } from 'react';
import { workspacesApiRef } from '../../api';
import { workspacesTranslationRef } from '../../translation';
import { ActionDialog, DialogButton } from '../actions';

const useStyles = makeStyles(theme => ({
  title: {
    margin: theme.spacing(3, 0, 1),
    fontSize: '0.875rem',
    lineHeight: '1.25rem',
  },
  list: { listStyle: 'none', margin: 0, padding: 0 },
  item: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1, 2),
    padding: theme.spacing(0.75, 0),
    overflowWrap: 'anywhere',
  },
}));

/** What engines do about their checks, for those who may ask for it. */
export function EngineFixes(props: {
  fixes: CheckFix[];
  /** Something was tried: what the checks say may be old. */
  onTried: () => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { allowed } = usePermission({ permission: engineFixPermission });
  const [done, setDone] = useState<{ title: string; steps: string[] }>();
  const { fixes, onTried } = props;
  if (!allowed || (fixes.length === 0 && !done)) return null;
  return (
    <>
      <h3 className={classes.title}>{t('doctor.fixes.title')}</h3>
      <ul className={classes.list} aria-label={t('doctor.fixes.title')}>
        {fixes.map(fix => (
          <li key={`${fix.engine} ${fix.id}`} className={classes.item}>
            <span>
              {fix.engine}: {fix.title}
            </span>
            <EngineFixButton
              fix={fix}
              onTried={onTried}
              onDone={steps => setDone({ title: fix.title, steps })}
            />
          </li>
        ))}
      </ul>
      <div role="status">
        {done && (
          <>
            <p>{t('doctor.fixes.done', { title: done.title })}</p>
            <Steps steps={done.steps} />
          </>
        )}
      </div>
    </>
  );
}

function EngineFixButton(props: {
  fix: CheckFix;
  onTried: () => void;
  onDone: (steps: string[]) => void;
}) {
  const api = useApi(workspacesApiRef);
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { fix, onTried, onDone } = props;
  const [tried, setTried] = useState<string[]>([]);

  const apply = async () => {
    setTried([]);
    const { applied, steps, diagnosis } = await api
      .fixEngine(fix.engine, fix.id)
      .finally(onTried);
    if (!applied) {
      setTried(steps);
      throw new Error(
        [diagnosis?.cause, diagnosis?.fix].filter(Boolean).join('. '),
      );
    }
    onDone(steps);
    return undefined;
  };
  return (
    <DialogButton
      aria-label={t('doctor.fixes.actionOf', { title: fix.title })}
      dialog={close => (
        <ActionDialog
          title={fix.title}
          confirm={t('doctor.fixes.confirm')}
          refusedTitle={t('autoFix.failed')}
          work={apply}
          onClose={close}
        >
          <p>{fix.description}</p>
          <p>{t('autoFix.scope.engine')}</p>
          <Steps steps={tried} />
        </ActionDialog>
      )}
    >
      {t('doctor.fixes.action')}
    </DialogButton>
  );
}

function Steps({ steps }: { steps: string[] }) {
  if (steps.length === 0) return null;
  return (
    <ul>
      {steps.map((step, index) => (
        <li key={index}>{step}</li>
      ))}
    </ul>
  );
}
