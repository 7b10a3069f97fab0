import type { DriftObservation } from '@slipway/backstage-plugin-workspaces-node';
import { ClusterObject, FIELD_MANAGER } from '../client';
import { appliedOf } from './applied';
import { differences, pathText } from './differences';
import { ownersOf } from './managers';

/** They carry out what others ask for, for example an autoscaler that counts replicas. */
const CONTROLLERS = ['kube-controller-manager', 'kube-scheduler', 'kubelet'];
/** Characters of a value: enough to know it again. */
const LONGEST_VALUE = 200;

/**
 * Which fields of an object somebody else has changed since the portal applied them: they are not as they were
 * applied, and the API server does not count them as the portal's any more.
 */
export function driftOf(object: ClusterObject): DriftObservation[] {
  const entries = object.metadata.managedFields ?? [];
  return differences(appliedOf(object) ?? {}, object).flatMap(
    ({ path, expected, found }) => {
      const owners = ownersOf(entries, path);
      if (owners.some(({ manager }) => manager === FIELD_MANAGER)) return [];
      const [owner] = owners;
      if (owner && CONTROLLERS.includes(owner.manager)) return [];
      return {
        object: `${object.kind} ${object.metadata.name}`,
        field: pathText(path),
        expected: textOf(expected),
        ...(found === undefined ? {} : { found: textOf(found) }),
        ...(owner ? { by: owner.manager } : {}),
        ...(owner?.at ? { at: owner.at } : {}),
      };
    },
  );
}

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LONGEST_VALUE
    ? `${text.slice(0, LONGEST_VALUE)}…`
    : text;
}
