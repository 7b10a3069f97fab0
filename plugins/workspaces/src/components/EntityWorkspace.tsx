import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Skeleton from '@material-ui/lab/Skeleton';
import {
  useEntityWorkspace,
  type WorkspaceScope,
} from '../hooks/useEntityWorkspace';
import { workspacesTranslationRef } from '../translation';
import { LoadFailure } from './feedback';

/**
 * Finds the workspace of the entity on this page, and shows what is made of it.
 */
export function EntityWorkspace(props: {
  children: (scope: WorkspaceScope) => JSX.Element;
}) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { name, scope, error, retry } = useEntityWorkspace();
  if (scope) return props.children(scope);
  if (error)
    return (
      <LoadFailure
        error={error}
        what={t('workspace.what', { name })}
        onRetry={retry}
      />
    );
  return (
    <div role="status" aria-label={t('workspace.loading', { name })}>
      <Skeleton variant="rect" width={160} height={26} />
      <Skeleton
        variant="rect"
        height={220}
        style={{ marginTop: 16, borderRadius: 6 }}
      />
    </div>
  );
}
