import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import TextField from '@material-ui/core/TextField';
import type {
  Endpoint,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import { useState } from 'react';
import { workspacesApiRef } from '../../api';
import { workspacesTranslationRef } from '../../translation';
import { ActionDialog } from './ActionDialog';

/** Removes a workspace with everything in it, once its name was typed. */
export function DeleteDialog(props: {
  workspace: Workspace;
  endpoints: Endpoint[];
  onClose: () => void;
}) {
  const api = useApi(workspacesApiRef);
  const { t } = useTranslationRef(workspacesTranslationRef);
  const [typed, setTyped] = useState('');
  const { workspace, endpoints, onClose } = props;
  const { name, apps, dependencies } = workspace;
  const addresses = endpoints.flatMap(({ url }) => url ?? []);
  return (
    <ActionDialog
      danger
      title={t('delete.title', { name })}
      confirm={t('delete.confirm', { name })}
      blocked={typed !== name}
      onClose={onClose}
      work={() => api.deleteWorkspace(workspace.id, typed)}
    >
      <p>{t('delete.warning')}</p>
      <h3>{t('delete.removed')}</h3>
      <ul>
        {apps.map(app => (
          <li key={app.name}>{t('delete.app', { name: app.name })}</li>
        ))}
        {dependencies.map(dependency => (
          <li key={dependency.name}>
            {t('delete.dependency', {
              name: dependency.name,
              type: t(`dependency.type.${dependency.type}`),
              version: dependency.version,
            })}
          </li>
        ))}
        {addresses.map(address => (
          <li key={address}>{t('delete.endpoint', { address })}</li>
        ))}
        <li>{t('delete.secrets')}</li>
        <li>{t('delete.logs')}</li>
      </ul>
      <h3>{t('delete.kept')}</h3>
      <ul>
        <li>{t('delete.history')}</li>
      </ul>
      <TextField
        // The first field of a dialog is where its user begins.
        autoFocus
        fullWidth
        id="slipway-delete-name"
        label={t('delete.type', { name })}
        value={typed}
        autoComplete="off"
        inputProps={{ spellCheck: false, autoCapitalize: 'off' }}
        onChange={event => setTyped(event.target.value)}
      />
    </ActionDialog>
  );
}
