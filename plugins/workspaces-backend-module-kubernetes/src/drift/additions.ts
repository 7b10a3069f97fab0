import type { V1ManagedFieldsEntry } from '@kubernetes/client-node';
import type { ClusterObject } from '../client';
import type { Step } from './differences';
import type { FieldSet } from './managers';

/** A field that was not applied. */
export interface Addition {
  path: Step[];
  found: unknown;
}

/**
 * What somebody has added to the specification of an object beside what was applied: the highest fields that were not.
 * Server-side apply leaves them as they are.
 */
export function additions(
  { fieldsV1, subresource }: V1ManagedFieldsEntry,
  applied: object,
  object: ClusterObject,
): Addition[] {
  const fields = (fieldsV1 as FieldSet | undefined)?.['f:spec'];
  if (!fields || subresource) return [];
  const { spec } = applied as { spec?: unknown };
  return added(fields, spec, object.spec, ['spec']);
}

function added(
  fields: FieldSet,
  applied: unknown,
  found: unknown,
  path: Step[],
): Addition[] {
  return Object.keys(fields).flatMap(key => {
    const step = stepOf(key, found);
    if (!step) return [];
    const value = valueAt(found, step);
    if (value === undefined) return [];
    const here = [...path, step];
    const before = valueAt(applied, step) ?? emptyOf(fields[key]);
    return before === undefined
      ? [{ path: here, found: value }]
      : added(fields[key], before, value, here);
  });
}

/** Of a list that was not applied each item was added. */
function emptyOf(fields: FieldSet): [] | undefined {
  return Object.keys(fields).some(key => key.startsWith('k:')) ? [] : undefined;
}

/** Items of a set have no keys: a set is of one piece here. */
function stepOf(key: string, found: unknown): Step | undefined {
  if (key.startsWith('f:')) return key.slice(2);
  if (!key.startsWith('k:')) return undefined;
  const item = JSON.parse(key.slice(2)) as Record<string, unknown>;
  const [named] = Object.values(item);
  return Array.isArray(found) ? { item, named: String(named) } : undefined;
}

function valueAt(value: unknown, step: Step): unknown {
  if (typeof step === 'string') {
    return (value as Record<string, unknown> | undefined)?.[step];
  }
  const items = Array.isArray(value) ? value : [];
  return items.find(item =>
    Object.entries(step.item).every(([name, wanted]) =>
      isSameKey(item[name], wanted),
    ),
  );
}

/** What was applied leaves out that a port is of TCP, which is among its keys. */
function isSameKey(value: unknown, wanted: unknown): boolean {
  return value === wanted || (value === undefined && wanted === 'TCP');
}
