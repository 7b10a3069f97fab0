import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import TextField from '@material-ui/core/TextField';
import type {
  SourceSpec,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import { useState } from 'react';
import { workspacesApiRef } from '../../api';
import { workspacesTranslationRef } from '../../translation';
import { ActionDialog } from './ActionDialog';
import { SourceChoice } from './SourceChoice';

const LONGEST_REASON = 500;

/** Takes apps from their sources to new releases once more. */
export function DeployDialog(props: {
  workspace: Workspace;
  /** All apps of the workspace if absent. */
  app?: string;
  /** Another upload is what it is opened for. */
  anotherUpload?: boolean;
  onClose: () => void;
}) {
  const api = useApi(workspacesApiRef);
  const { t } = useTranslationRef(workspacesTranslationRef);
  const [reason, setReason] = useState('');
  const [source, setSource] = useState<SourceSpec | undefined>(
    props.anotherUpload ? { type: 'upload' } : undefined,
  );
  const { workspace, app, onClose } = props;
  const apps = workspace.apps.filter(({ name }) => !app || name === app);
  const only = apps.length === 1 ? apps[0] : undefined;
  return (
    <ActionDialog
      title={t('deploy.title', { what: app ?? workspace.name })}
      confirm={t('deploy.confirm')}
      blocked={source !== undefined && !source.upload}
      onClose={onClose}
      work={() =>
        api.startRun(workspace.id, {
          ...((app || source) && {
            apps: apps.map(({ name }) => ({ name, ...(source && { source }) })),
          }),
          ...(reason.trim() && { reason: reason.trim() }),
        })
      }
    >
      <p>
        {t('deploy.effect', { apps: apps.map(({ name }) => name).join(', ') })}
      </p>
      {only && (
        <SourceChoice
          source={only.spec.source}
          owner={workspace.owner}
          other={source}
          onChange={setSource}
        />
      )}
      <TextField
        // The first field of a dialog is where its user begins.
        autoFocus={!only}
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
