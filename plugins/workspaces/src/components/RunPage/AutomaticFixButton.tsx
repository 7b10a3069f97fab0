import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { usePermission } from '@backstage/plugin-permission-react';
import {
  engineFixPermission,
  type AutomaticFix,
  type Run,
  type StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import { workspacesApiRef } from '../../api';
import type { WorkspacePermissions } from '../../hooks/useWorkspacePermissions';
import { workspacesTranslationRef } from '../../translation';
import { ActionDialog, DialogButton } from '../actions';

/** Has the engine put right what the run failed of, then retries the stage. */
export function AutomaticFixButton(props: {
  run: Run;
  fix: AutomaticFix;
  /** The stage that failed. */
  stage: StageName;
  may: WorkspacePermissions;
  onRetried: (run: Run) => void;
}) {
  const api = useApi(workspacesApiRef);
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { run, fix, stage, may, onRetried } = props;
  const everywhere = usePermission({ permission: engineFixPermission });
  if (!may.operate || !may.deploy) return null;
  if (fix.scope === 'engine' && !everywhere.allowed)
    return <p>{t('autoFix.notAllowed')}</p>;

  const applyAndRetry = async () => {
    const result = await api.fixRun(run.id, fix.id);
    if (!result.applied) {
      const { cause, fix: next } = result.diagnosis ?? {};
      throw new Error([cause, next].filter(Boolean).join('. '));
    }
    onRetried(await api.retryRun(run.id, stage));
    return undefined;
  };
  return (
    <DialogButton
      variant="contained"
      color="primary"
      disableElevation
      dialog={close => (
        <ActionDialog
          title={fix.title}
          confirm={t('autoFix.confirm', { stage })}
          refusedTitle={t('autoFix.failed')}
          work={applyAndRetry}
          onClose={close}
        >
          <p>{t(`autoFix.scope.${fix.scope}`)}</p>
          <p>{t('autoFix.then', { stage })}</p>
        </ActionDialog>
      )}
    >
      {t('autoFix.action')}
    </DialogButton>
  );
}
