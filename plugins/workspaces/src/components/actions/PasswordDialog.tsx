import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import type {
  Dependency,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import { workspacesApiRef } from '../../api';
import { workspacesTranslationRef } from '../../translation';
import { ActionDialog } from './ActionDialog';

/** Gives a dependency another password. */
export function PasswordDialog(props: {
  workspace: Workspace;
  dependency: Dependency;
  onClose: () => void;
}) {
  const api = useApi(workspacesApiRef);
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { workspace, dependency, onClose } = props;
  const { name } = dependency;
  return (
    <ActionDialog
      title={t('password.title', { name })}
      confirm={t('password.confirm')}
      onClose={onClose}
      work={() => api.changePassword(workspace.id, name)}
    >
      <p>{t('password.effect', { name })}</p>
      <p>{t('password.apps')}</p>
      <p>{t('password.between', { name })}</p>
    </ActionDialog>
  );
}
