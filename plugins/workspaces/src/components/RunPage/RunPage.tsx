import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Skeleton from '@material-ui/lab/Skeleton';
import { useParams } from 'react-router-dom';
import type { WorkspaceScope } from '../../hooks/useEntityWorkspace';
import { useRun } from '../../hooks/useRun';
import { workspacesTranslationRef } from '../../translation';
import { LoadFailure } from '../feedback';
import { BackLink } from './BackLink';
import { OpenRun } from './OpenRun';

/** One run, opened inside the tab by its number or its id. */
export function RunPage(props: { scope: WorkspaceScope }) {
  const { run: reference = '' } = useParams();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { known, error, retry, receive, update } = useRun(
    props.scope,
    reference,
  );
  return (
    <section>
      <BackLink />
      {known && (
        <OpenRun
          key={known.run.id}
          known={known}
          workspace={props.scope.workspace}
          receive={receive}
          update={update}
        />
      )}
      {!known && error && (
        <LoadFailure
          error={error}
          what={t('run.what', { reference })}
          onRetry={retry}
        />
      )}
      {!known && !error && (
        <div role="status" aria-label={t('run.loading', { reference })}>
          <Skeleton
            variant="rect"
            width={320}
            height={26}
            style={{ marginBottom: 16 }}
          />
          <Skeleton variant="rect" height={320} />
        </div>
      )}
    </section>
  );
}
