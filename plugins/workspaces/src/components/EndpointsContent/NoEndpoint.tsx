import { useTranslationRef } from '@backstage/frontend-plugin-api';
import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { runInVain } from '../observed';
import { RunInVain } from '../runs';

/** Why a workspace, or an app of it, has no endpoint. */
export function NoEndpoint(props: { workspace: Workspace; app?: string }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { workspace, app } = props;
  const run = workspace.apps
    .filter(({ name }) => !app || name === app)
    .map(each => runInVain(each, workspace))
    .find(each => each !== undefined);
  return (
    <p>
      {run ? (
        <>
          <RunInVain run={run} /> {t('endpoints.emptyInVain')}
        </>
      ) : (
        t('endpoints.emptyFix')
      )}
    </p>
  );
}
