import type { V1ManagedFieldsEntry } from '@kubernetes/client-node';
import type { DriftObservation } from '@slipway/backstage-plugin-workspaces-node';
import { ClusterObject, FIELD_MANAGER } from '../client';
import { additions } from './additions';
import { appliedOf } from './applied';
import { differences, pathText, Step } from './differences';
import { ownersOf } from './managers';

/** They carry out what others ask for, for example an autoscaler that counts replicas. */
const CONTROLLERS = ['kube-controller-manager', 'kube-scheduler', 'kubelet'];
/** Characters of a value: enough to know it again. */
const LONGEST_VALUE = 200;

/**
 * Which fields of an object somebody else has changed since the portal applied them: they are not as they were
 * applied, and the API server does not count them as the portal's any more. And what somebody has added.
 */
export function driftOf(object: ClusterObject): DriftObservation[] {
  const applied = appliedOf(object);
  if (!applied) return [];
  const entries = object.metadata.managedFields ?? [];
  const name = `${object.kind} ${object.metadata.name}`;
  const changed = differences(applied, object).flatMap(
    ({ path, expected, found }) => {
      const owners = ownersOf(entries, path);
      if (owners.some(({ manager }) => manager === FIELD_MANAGER)) return [];
      const [owner] = owners;
      if (owner && CONTROLLERS.includes(owner.manager)) return [];
      return {
        object: name,
        field: pathText(path),
        expected: textOf(expected),
        ...(found === undefined ? {} : { found: textOf(found) }),
        ...(owner ? { by: owner.manager } : {}),
        ...(owner?.at ? { at: owner.at } : {}),
      };
    },
  );
  const added = entries.filter(isOfOthers).flatMap(entry =>
    additions(entry, applied, object).map(({ path, found }) => ({
      object: name,
      field: pathText(path),
      found: textOf(withoutSecret(path, found)),
      ...ownerOf(entry),
    })),
  );
  return [...changed, ...added];
}

/** The value of a variable may be a password, and everybody reads this. */
function withoutSecret(path: Step[], found: unknown): unknown {
  if (path.at(-3) === 'env' && path.at(-1) === 'value') return '(its value)';
  const isVariable = path.at(-2) === 'env' && path.at(-1) !== 'env';
  if (!isVariable) return found;
  return { ...(found as { name: string }), value: undefined };
}

function isOfOthers({ manager = '' }: V1ManagedFieldsEntry): boolean {
  return manager !== FIELD_MANAGER && !CONTROLLERS.includes(manager);
}

function ownerOf({ manager, time }: V1ManagedFieldsEntry) {
  return {
    by: manager,
    ...(time ? { at: new Date(time).toISOString() } : {}),
  };
}

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LONGEST_VALUE
    ? `${text.slice(0, LONGEST_VALUE)}…`
    : text;
}
