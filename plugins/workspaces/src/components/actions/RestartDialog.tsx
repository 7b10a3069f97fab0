import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import type {
  App,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import { workspacesApiRef } from '../../api';
import { workspacesTranslationRef } from '../../translation';
import { desiredReplicas } from '../observed';
import { ActionDialog } from './ActionDialog';

/** Deploys what serves of an app once more. */
export function RestartDialog(props: {
  workspace: Workspace;
  app: App;
  onClose: () => void;
}) {
  const api = useApi(workspacesApiRef);
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { workspace, app, onClose } = props;
  // The backend refuses to start what is to have no replica.
  const stopped = desiredReplicas(app) === 0;
  return (
    <ActionDialog
      title={t('restart.title', { app: app.name })}
      confirm={t('restart.confirm', { app: app.name })}
      blocked={stopped}
      onClose={onClose}
      work={() => api.restartApp(workspace.id, app.name)}
    >
      {stopped ? (
        <p>{t('restart.stopped', { app: app.name })}</p>
      ) : (
        <>
          <p>{t('restart.effect', { release: String(app.release) })}</p>
          <p>{t('restart.stays')}</p>
        </>
      )}
    </ActionDialog>
  );
}
