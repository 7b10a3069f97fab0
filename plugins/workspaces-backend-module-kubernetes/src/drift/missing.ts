import { labels } from '@slipway/backstage-plugin-workspaces-common';
import { ClusterObject, kinds } from '../client';
import { PLACE, publicName } from '../engine/names';

/** What always stands in the namespace of a workspace. */
const PLACE_OBJECTS = [
  [kinds.ResourceQuota.kind, PLACE],
  [kinds.LimitRange.kind, PLACE],
  [kinds.NetworkPolicy.kind, PLACE],
  [kinds.NetworkPolicy.kind, `${PLACE}-outside`],
];

/** Objects that have to be there because of others that are, and are not; for example `NetworkPolicy slipway`. */
export function missingObjects(objects: ClusterObject[]): string[] {
  const present = new Set(objects.map(nameOf));
  const wanted = [
    ...PLACE_OBJECTS.map(([kind, name]) => `${kind} ${name}`),
    ...objects.flatMap(wantedBy),
  ];
  return [...new Set(wanted)].filter(name => !present.has(name)).sort();
}

/** What is read of a Service and of a Deployment. */
interface Specification {
  selector?: Record<string, string>;
  replicas?: number;
}

function wantedBy({ kind, metadata, spec }: ClusterObject): string[] {
  const { selector = {}, replicas = 0 } = (spec ?? {}) as Specification;
  const { name } = metadata;
  const app = metadata.labels?.[labels.app];
  if (kind === 'Service' && metadata.labels?.[labels.dependency]) {
    return [`StatefulSet ${name}`];
  }
  // Where people are led to; the name for neighbours is there before its app.
  if (kind === 'Service' && app && name === publicName(app)) {
    return [
      `Deployment ${app}-r${selector[labels.release]}`,
      `NetworkPolicy ${name}`,
      `Service ${app}`,
    ];
  }
  if (kind === 'Deployment' && app && replicas > 0) {
    return [`Service ${app}`, `NetworkPolicy ${publicName(app)}`];
  }
  return kind === 'StatefulSet' ? [`Service ${name}`] : [];
}

function nameOf({ kind, metadata }: ClusterObject): string {
  return `${kind} ${metadata.name}`;
}
