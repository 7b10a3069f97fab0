import { useTranslationRef } from '@backstage/frontend-plugin-api';
import type {
  Run,
  RunSummary,
} from '@slipway/backstage-plugin-workspaces-common';
import { useCallback } from 'react';
import { workspacesTranslationRef } from '../../translation';

/** What is needed to call a run by a title; a list that says little of runs has no reason. */
type Titled = Pick<RunSummary, 'kind' | 'apps'> &
  Pick<Run, 'workspaceName'> & { reason?: string };

/** What a run is called: its reason, or what it does to which apps. */
export function useRunTitle(): (run: Titled) => string {
  const { t } = useTranslationRef(workspacesTranslationRef);
  return useCallback(
    run => {
      if (run.reason) return run.reason;
      const what =
        run.kind === 'delete' || run.apps.length === 0
          ? run.workspaceName
          : run.apps.join(', ');
      return t(`run.kind.${run.kind}`, { what });
    },
    [t],
  );
}
