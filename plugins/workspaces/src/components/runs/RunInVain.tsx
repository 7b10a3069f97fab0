import { Link } from '@backstage/core-components';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import type { RunSummary } from '@slipway/backstage-plugin-workspaces-common';
import { useRunAddress } from '../../hooks/useRunAddress';
import { workspacesTranslationRef } from '../../translation';

/** That a run failed or was cancelled, leading to it. */
export function RunInVain(props: { run: RunSummary }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const addressOf = useRunAddress();
  const { state, number } = props.run;
  const words =
    state === 'cancelled'
      ? t('run.wasCancelled', { number: String(number) })
      : t('run.hasFailed', { number: String(number) });
  return addressOf ? <Link to={addressOf(number)}>{words}</Link> : <>{words}</>;
}
