import type { RawEvidence } from '@slipway/backstage-plugin-workspaces-node';
import { Cluster, ClusterObject, kinds } from '../client';
import { quantity } from '../engine/quantity';
import { evidenceOf } from '@slipway/backstage-plugin-workspaces-node/engines';

/** As it comes: the client's own type has another name for `default`. */
interface LimitRange extends ClusterObject {
  spec?: { limits: { type: string; default?: { cpu?: string } }[] };
}

/** CPUs. With less the containers that Tekton adds take many times as long as they need. */
const TOO_LITTLE = 0.1;

/**
 * The LimitRanges that leave next to no CPU to containers that name no limit: those which Tekton adds to a build.
 * The step that builds names its own. None where they cannot be read: they only explain.
 */
export async function throttles(
  cluster: Cluster,
  namespace: string,
): Promise<RawEvidence[]> {
  const { items } = await cluster
    .list<LimitRange>(kinds.LimitRange, { namespace })
    .catch(() => ({ items: [] }));
  return items.flatMap(({ metadata, spec }) => {
    const cpu = spec?.limits.find(({ type }) => type === 'Container')?.default
      ?.cpu;
    if (cpu === undefined || quantity(cpu) >= TOO_LITTLE) return [];
    const { name: limitRange = '' } = metadata;
    const text = `The LimitRange ${limitRange} gives containers that name no limit ${cpu} of a CPU`;
    const facts = { throttledBy: 'LimitRange', limitRange, cpu };
    return [evidenceOf('state', limitRange, text, { facts })];
  });
}
