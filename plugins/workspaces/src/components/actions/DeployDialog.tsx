import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import TextField from '@material-ui/core/TextField';
import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import { useState } from 'react';
import { workspacesApiRef } from '../../api';
import { workspacesTranslationRef } from '../../translation';
import { ActionDialog } from './ActionDialog';

const LONGEST_REASON = 500;

/** Takes apps from their sources to new releases once more. */
export function DeployDialog(props: {
  workspace: Workspace;
  /** All apps of the workspace if absent. */
  app?: string;
  onClose: () => void;
}) {
  const api = useApi(workspacesApiRef);
  const { t } = useTranslationRef(workspacesTranslationRef);
  const [reason, setReason] = useState('');
  const { workspace, app, onClose } = props;
  const names = app ? [app] : workspace.apps.map(({ name }) => name);
  return (
    <ActionDialog
      title={t('deploy.title', { what: app ?? workspace.name })}
      confirm={t('deploy.confirm')}
      onClose={onClose}
      work={() =>
        api.startRun(workspace.id, {
          ...(app && { apps: [{ name: app }] }),
          ...(reason.trim() && { reason: reason.trim() }),
        })
      }
    >
      <p>{t('deploy.effect', { apps: names.join(', ') })}</p>
      <TextField
        // The first field of a dialog is where its user begins.
        autoFocus
        fullWidth
        id="slipway-deploy-reason"
        label={t('deploy.reason')}
        helperText={t('deploy.reasonHelp')}
        value={reason}
        inputProps={{ maxLength: LONGEST_REASON }}
        onChange={event => setReason(event.target.value)}
      />
    </ActionDialog>
  );
}
