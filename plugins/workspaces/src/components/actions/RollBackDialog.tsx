import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Checkbox from '@material-ui/core/Checkbox';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import Skeleton from '@material-ui/lab/Skeleton';
import type { Release } from '@slipway/backstage-plugin-workspaces-common';
import { useState } from 'react';
import { workspacesApiRef } from '../../api';
import { messageOf } from '../../api/errors';
import { useReleases } from '../../hooks/useReleases';
import { workspacesTranslationRef } from '../../translation';
import { ActionError } from '../feedback';
import { ActionDialog } from './ActionDialog';
import { ReleaseChoice } from './ReleaseChoice';

/** Deploys an earlier release of an app again. */
export function RollBackDialog(props: {
  /** Id of the workspace. */
  workspace: string;
  app: string;
  onClose: () => void;
}) {
  const api = useApi(workspacesApiRef);
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { workspace, app, onClose } = props;
  const known = useReleases(workspace, app);
  const { releases } = known;
  const possible = (releases ?? []).filter(
    ({ state }) => state === 'superseded',
  );
  const [picked, setPicked] = useState<number>();
  const [confirmed, setConfirmed] = useState(false);
  /** The backend knows of migrations that were run since the releases were loaded. */
  const [asked, setAsked] = useState(false);
  const only =
    possible.length === 1 && !known.loadOlder ? possible[0].number : undefined;
  const chosen = picked ?? only;
  const migrations = chosen ? migrationsAfter(chosen, releases ?? []) : [];
  const needsConfirmation = asked || migrations.length > 0;
  const choose = (release: number) => {
    setPicked(release);
    setConfirmed(false);
    setAsked(false);
  };
  return (
    <ActionDialog
      title={t('rollBack.title', { app })}
      confirm={
        chosen
          ? t('rollBack.confirm', { release: String(chosen) })
          : t('rollBack.action')
      }
      blocked={!chosen || (needsConfirmation && !confirmed)}
      onClose={onClose}
      onFailure={error =>
        setAsked(messageOf(error).startsWith('confirmMigrations:'))
      }
      work={() =>
        api.rollbackApp(workspace, app, {
          release: chosen ?? 0,
          ...(needsConfirmation && { confirmMigrations: confirmed }),
        })
      }
    >
      <p>{t('rollBack.effect')}</p>
      {!releases && !known.error && (
        <div role="status" aria-label={t('rollBack.loading', { app })}>
          <Skeleton variant="rect" height={120} />
        </div>
      )}
      {known.error && (
        <ActionError
          title={t('rollBack.notLoaded', { app })}
          error={known.error}
          onRetry={known.retry}
        />
      )}
      {releases && (
        <ReleaseChoice
          releases={releases}
          runNumbers={known.runNumbers}
          chosen={chosen}
          onChoose={choose}
          onOlder={known.loadOlder}
          busy={known.loading}
        />
      )}
      {needsConfirmation && (
        <>
          <p role="alert">{t('rollBack.migrations')}</p>
          <ul>
            {migrations.map(({ number, migration }) => (
              <li key={number}>
                {t('rollBack.migration', { release: String(number) })}{' '}
                <code>{migration}</code>
              </li>
            ))}
          </ul>
          <FormControlLabel
            label={t('rollBack.confirmMigrations')}
            control={
              <Checkbox
                color="primary"
                checked={confirmed}
                onChange={event => setConfirmed(event.target.checked)}
              />
            }
          />
        </>
      )}
    </ActionDialog>
  );
}

/** They are listed newest first, so that all after a release that is listed are listed too. */
function migrationsAfter(release: number, releases: Release[]): Release[] {
  return releases.filter(
    ({ number, migration }) => number > release && migration !== undefined,
  );
}
