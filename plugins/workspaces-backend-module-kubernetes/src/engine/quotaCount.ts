import type { LoggerService } from '@backstage/backend-plugin-api';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type { V1ResourceQuota } from '@kubernetes/client-node';
import { Cluster, ClusterObject, kinds } from '../client';
import { Watch } from './watch';

/** In milliseconds. */
const COUNTED_WITHIN = 15_000;

type Quota = V1ResourceQuota & ClusterObject;

/** Waits until the quota of a namespace was counted once: before, pods are refused, and Tekton takes that for final. */
export async function untilQuotaCounts(
  cluster: Cluster,
  namespace: string,
  { logger, signal }: { logger: LoggerService; signal: AbortSignal },
): Promise<void> {
  const watch = new Watch(cluster, logger, signal, {
    namespace,
    labels: { [labels.workspace]: null },
    shared: true,
  });
  const quotas = watch.of<Quota>(kinds.ResourceQuota);
  const deadline = Date.now() + COUNTED_WITHIN;
  try {
    for (;;) {
      const [quota] = quotas.objects;
      const left = deadline - Date.now();
      if (quota?.status?.used || left <= 0) return;
      await watch.changed(left);
    }
  } finally {
    watch.end();
  }
}
