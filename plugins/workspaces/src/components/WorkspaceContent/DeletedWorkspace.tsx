import { useTranslationRef } from '@backstage/frontend-plugin-api';
import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { Notice } from '../feedback';
import { RelativeTime } from '../time';

/** A workspace that is gone: when, and what its receipt says. */
export function DeletedWorkspace(props: { workspace: Workspace }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { name, deletedAt, receipt } = props.workspace;
  const items = receipt?.items ?? [];
  return (
    <Notice title={t('deleted.title', { name })}>
      {deletedAt && (
        <p>
          {t('deleted.at')} <RelativeTime at={deletedAt} />
        </p>
      )}
      <p>{t('deleted.workspace')}</p>
      {items.length > 0 && (
        <>
          <p>{t('deleted.receipt')}</p>
          <ul>
            {items.map(({ kind, name: item, outcome, reason }) => (
              <li key={`${kind} ${item}`}>
                {`${kind} ${item}: ${t(`deleted.outcome.${outcome}`)}`}
                {reason && ` (${reason})`}
              </li>
            ))}
          </ul>
        </>
      )}
    </Notice>
  );
}
