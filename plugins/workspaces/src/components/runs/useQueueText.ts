import { useTranslationRef } from '@backstage/frontend-plugin-api';
import type { QueuePosition } from '@slipway/backstage-plugin-workspaces-common';
import { useCallback } from 'react';
import { workspacesTranslationRef } from '../../translation';

/**
 * Where a run stands in the queue, and what holds it there; the number of the run that goes first
 * where it is known.
 */
export function useQueueText(): (
  queue: QueuePosition,
  behind?: number,
) => string {
  const { t } = useTranslationRef(workspacesTranslationRef);
  return useCallback(
    (queue, behind) => {
      const reason =
        behind === undefined
          ? t(`queue.${queue.waitsFor}`)
          : t('queue.run', { number: String(behind) });
      return t('queue.position', { position: String(queue.position), reason });
    },
    [t],
  );
}
