import { useApi } from '@backstage/core-plugin-api';
import { NotFoundError } from '@backstage/errors';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Skeleton from '@material-ui/lab/Skeleton';
import type { AppSpec } from '@slipway/backstage-plugin-workspaces-common';
import { useState } from 'react';
import useAsyncRetry from 'react-use/esm/useAsyncRetry';
import { workspacesApiRef } from '../../api';
import { messageOf } from '../../api/errors';
import { workspacesTranslationRef } from '../../translation';
import { ActionDialog } from '../actions/ActionDialog';
import { ActionError } from '../feedback';
import {
  changed,
  problemsOf,
  refusalOf,
  settingsOf,
  type Problems,
  type Settings,
} from './settings';
import { SettingsFields } from './SettingsFields';

/** Changes how an app is run, and deploys it so. */
export function SettingsDialog(props: {
  /** Id of the workspace. */
  workspace: string;
  app: string;
  onClose: () => void;
}) {
  const api = useApi(workspacesApiRef);
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { workspace, app, onClose } = props;
  const [edited, setEdited] = useState<Settings>();
  const [refused, setRefused] = useState<Problems>({});
  const [saved, setSaved] = useState(false);

  const specNow = async (): Promise<AppSpec> => {
    const { apps } = await api.getWorkspace(workspace);
    const found = apps.find(({ name }) => name === app);
    if (!found) throw new NotFoundError(t('settings.gone', { app }));
    return found.spec;
  };
  const {
    value: loaded,
    error,
    retry,
  } = useAsyncRetry(async () => {
    const spec = await specNow();
    return { spec, before: settingsOf(spec) };
  }, [api, workspace, app]);
  const settings = edited ?? loaded?.before;
  const problems = settings ? problemsOf(settings, t) : {};
  const subject = JSON.stringify(edited);
  const differs =
    subject !== undefined && subject !== JSON.stringify(loaded?.before);

  const save = async () => {
    if (!loaded || !settings) return undefined;
    if (differs) {
      // The page may be older than what others have set in the meantime.
      const definition = changed(await specNow(), loaded.before, settings);
      await api.putApp(workspace, app, definition);
      setSaved(true);
    }
    return api.startRun(workspace, { apps: [{ name: app }] });
  };

  return (
    <ActionDialog
      title={t('settings.title', { app })}
      confirm={t('settings.confirm')}
      blocked={!differs || Object.keys(problems).length > 0}
      subject={subject}
      refusedTitle={saved ? t('settings.savedOnly') : undefined}
      onClose={onClose}
      onFailure={failure =>
        settings && setRefused(refusalOf(messageOf(failure), settings))
      }
      work={save}
    >
      <p>{t('settings.effect')}</p>
      {error && (
        <ActionError
          title={t('settings.notLoaded', { app })}
          error={error}
          onRetry={retry}
        />
      )}
      {!settings && !error && (
        <div role="status" aria-label={t('settings.loading', { app })}>
          <Skeleton variant="rect" height={240} />
        </div>
      )}
      {settings && (
        <SettingsFields
          settings={settings}
          problems={{ ...refused, ...problems }}
          onChange={change => {
            setSaved(false);
            setRefused({});
            setEdited({ ...settings, ...change });
          }}
        />
      )}
    </ActionDialog>
  );
}
