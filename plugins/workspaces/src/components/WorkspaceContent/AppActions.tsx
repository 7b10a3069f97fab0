import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type {
  App,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspacePermissions } from '../../hooks/useWorkspacePermissions';
import { workspacesTranslationRef } from '../../translation';
import {
  DeployDialog,
  DialogButton,
  RestartDialog,
  RollBackDialog,
  ScaleDialog,
} from '../actions';
import { SettingsDialog } from '../settings';

const useStyles = makeStyles(theme => ({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'flex-end',
    gap: theme.spacing(1),
    [theme.breakpoints.down('xs')]: {
      justifyContent: 'flex-start',
      marginTop: theme.spacing(0.5),
    },
  },
}));

/** What the user may do with one app as it stands. What needs a release is absent before the first one. */
export function AppActions(props: {
  app: App;
  workspace: Workspace;
  may: WorkspacePermissions;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { app, workspace, may } = props;
  const serves = app.release !== undefined;
  const named = (action: string) => `${action} ${app.name}`;
  return (
    <div className={classes.root}>
      {may.operate && serves && (
        <>
          <DialogButton
            aria-label={named(t('restart.action'))}
            dialog={close => (
              <RestartDialog workspace={workspace} app={app} onClose={close} />
            )}
          >
            {t('restart.action')}
          </DialogButton>
          <DialogButton
            aria-label={named(t('scale.action'))}
            dialog={close => (
              <ScaleDialog workspace={workspace} app={app} onClose={close} />
            )}
          >
            {t('scale.action')}
          </DialogButton>
        </>
      )}
      {may.deploy && serves && (
        <DialogButton
          aria-label={named(t('rollBack.action'))}
          dialog={close => (
            <RollBackDialog
              workspace={workspace.id}
              app={app.name}
              onClose={close}
            />
          )}
        >
          {t('rollBack.action')}
        </DialogButton>
      )}
      {may.deploy && (
        <DialogButton
          aria-label={t('settings.title', { app: app.name })}
          dialog={close => (
            <SettingsDialog
              workspace={workspace.id}
              app={app.name}
              onClose={close}
            />
          )}
        >
          {t('settings.action')}
        </DialogButton>
      )}
      {may.deploy && workspace.apps.length > 1 && (
        <DialogButton
          aria-label={named(t('deploy.action'))}
          dialog={close => (
            <DeployDialog
              workspace={workspace}
              app={app.name}
              onClose={close}
            />
          )}
        >
          {t('deploy.action')}
        </DialogButton>
      )}
    </div>
  );
}
