import type { LoggerService } from '@backstage/backend-plugin-api';
import type { V1EndpointSlice } from '@kubernetes/client-node';
import { pause } from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, ClusterObject, Pod, kinds } from '../client';
import { Watch, isPodReady } from './watch';

/** In milliseconds. */
const LED_WITHIN = 15_000;
/**
 * Nodes take over at most once in a second where a Service leads, need a moment for it, which on a busy one is longer
 * than half a second, and say to nobody when they did.
 */
const NODES_FOLLOW_WITHIN = 2_500;

type EndpointSlice = V1EndpointSlice & ClusterObject;

/**
 * Waits until a Service leads to those of the pods that are ready, to no other, and until the nodes have heard of it.
 * Pods that just change are not waited for longer than a moment: services follow them anyway.
 *
 * @param service - With `changed` the nodes have to hear of what the caller has just changed, whatever is seen here:
 *   how long ago a slice changed is noted for some changes alone.
 */
export async function untilServiceLeads(
  cluster: Cluster,
  service: { namespace: string; name: string; changed?: boolean },
  pods: Pod[],
  { logger, signal }: { logger: LoggerService; signal: AbortSignal },
): Promise<void> {
  const ready = pods.filter(isPodReady);
  const wanted = ready.map(({ status }) => status?.podIP);
  const watch = new Watch(cluster, logger, signal, {
    namespace: service.namespace,
    labels: { 'kubernetes.io/service-name': service.name },
    shared: true,
  });
  const slices = watch.of<EndpointSlice>(kinds.EndpointSlice);
  const deadline = Date.now() + LED_WITHIN;
  let waited = service.changed ?? false;
  try {
    for (;;) {
      const led = addressesOf(slices.objects);
      const isLed =
        wanted.every(address => led.includes(address ?? '')) &&
        led.every(address => wanted.includes(address));
      if (watch.synced && isLed) break;
      if (Date.now() >= deadline) return;
      waited ||= watch.synced;
      await watch.changed(deadline - Date.now());
    }
  } finally {
    watch.end();
  }
  const age = waited ? 0 : sinceChange(slices.objects, ready);
  if (age < NODES_FOLLOW_WITHIN) await pause(NODES_FOLLOW_WITHIN - age, signal);
}

/** Waits as long as nodes may take to hear that a Service was just removed. */
export async function untilNodesFollow(signal: AbortSignal): Promise<void> {
  await pause(NODES_FOLLOW_WITHIN, signal);
}

function addressesOf(slices: EndpointSlice[]): string[] {
  return slices.flatMap(({ endpoints }) =>
    (endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses }) => addresses),
  );
}

/**
 * In milliseconds: how long ago it has changed at least. All is noted in whole seconds, and slices note nothing of a pod
 * that was ready within the second in which it was made.
 */
export function sinceChange(
  slices: EndpointSlice[],
  ready: Pod[],
  now = Date.now(),
): number {
  const noted = slices.map(
    ({ metadata }) =>
      metadata.annotations?.[
        'endpoints.kubernetes.io/last-change-trigger-time'
      ],
  );
  const moments = [...noted, ...ready.map(readySince)].map(moment =>
    new Date(moment ?? 0).getTime(),
  );
  return Math.max(0, now - Math.max(0, ...moments) - 1_000);
}

function readySince({ status }: Pod): Date | string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready')
    ?.lastTransitionTime;
}
