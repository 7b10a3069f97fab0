import { Cluster, Pod, containerStatus, kinds } from '../client';
import { CONTAINER } from './names';
import { livingPods } from './watch';

/**
 * Gives pods a new start whose process ended again and again: the kubelet waits longer each time, and what made it
 * end may be gone. Work that is adopted leaves them alone, as their end is what it is to tell.
 */
export async function restartLooping(
  cluster: Cluster,
  place: { namespace: string; labels: Record<string, string> },
  signal: AbortSignal,
): Promise<void> {
  const pods = await cluster.present<Pod>(kinds.Pod, place, signal);
  for (const { metadata } of livingPods(pods).filter(isLooping)) {
    const { namespace, name = '', uid } = metadata;
    await cluster.delete({ ...kinds.Pod, namespace, name }, { uid });
  }
}

function isLooping(pod: Pod): boolean {
  const { reason } = containerStatus(pod, CONTAINER)?.state?.waiting ?? {};
  return reason === 'CrashLoopBackOff';
}
