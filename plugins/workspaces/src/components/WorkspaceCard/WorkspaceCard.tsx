import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { EntityInfoCard } from '@backstage/plugin-catalog-react';
import Skeleton from '@material-ui/lab/Skeleton';
import { isNotAllowed, isNotFound } from '../../api/errors';
import { useEntityWorkspace } from '../../hooks/useEntityWorkspace';
import { workspacesTranslationRef } from '../../translation';
import { ActionError } from '../feedback';
import { AppFacts } from './AppFacts';

/** How the app of this entity stands, for the overview of the entity. */
export function WorkspaceCard() {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { name, scope, error, retry } = useEntityWorkspace();
  const title = () => {
    const what = t('workspace.what', { name });
    if (error && isNotAllowed(error)) return t('failure.notAllowed', { what });
    if (error && isNotFound(error)) return t('failure.notFound', { what });
    return t('failure.title', { what });
  };
  return (
    <EntityInfoCard title={t('card.title')}>
      {scope && (
        <AppFacts
          key={`${scope.workspace.id}/${scope.app ?? ''}`}
          scope={scope}
        />
      )}
      {!scope && error && (
        <ActionError title={title()} error={error} onRetry={retry} />
      )}
      {!scope && !error && (
        <div role="status" aria-label={t('card.loading', { name })}>
          {[0, 1, 2, 3].map(line => (
            <Skeleton key={line} height={26} />
          ))}
        </div>
      )}
    </EntityInfoCard>
  );
}
