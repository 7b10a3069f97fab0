import { useTranslationRef } from '@backstage/frontend-plugin-api';
import type { LastExit } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { RelativeTime } from '../time';

/** Why and when something ended last. */
export function LastExitText(props: { exit: LastExit }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { reason, exitCode, at } = props.exit;
  return (
    <>
      {t('restarts.last', { reason })}
      {exitCode !== undefined &&
        `, ${t('restarts.exitCode', { code: String(exitCode) })}`}
      {at && (
        <>
          , <RelativeTime at={at} />
        </>
      )}
    </>
  );
}
