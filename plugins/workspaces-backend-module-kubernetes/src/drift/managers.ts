import type { V1ManagedFieldsEntry } from '@kubernetes/client-node';
import type { Step } from './differences';

/** Who changed a field last, as the API server noted it. */
export interface FieldOwner {
  manager: string;
  /** ISO 8601, UTC. */
  at?: string;
}

/** Fields by their keys, as the API server notes them: `f:<name>`, `k:<keys of an item>`, `v:<item>`, `.` for the whole. */
export interface FieldSet {
  [key: string]: FieldSet;
}

/** All who own a field, who changed something last in front. */
export function ownersOf(
  entries: V1ManagedFieldsEntry[],
  path: Step[],
): FieldOwner[] {
  return entries
    .filter(({ fieldsV1 }) => fieldsV1 && owns(fieldsV1 as FieldSet, path))
    .map(({ manager = 'unknown', time }) => ({
      manager,
      ...(time ? { at: new Date(time).toISOString() } : {}),
    }))
    .sort((a, b) => (b.at ?? '').localeCompare(a.at ?? ''));
}

/** Who owns a list or a map of one piece owns all in it. */
function owns(fields: FieldSet, path: Step[]): boolean {
  let here: FieldSet | undefined = fields;
  for (const step of path) {
    here = typeof step === 'string' ? here[`f:${step}`] : itemOf(here, step);
    if (!here) return false;
    if (Object.keys(here).length === 0) return true;
  }
  return true;
}

/** An item of a list stands there by its keys, as JSON. */
function itemOf(
  fields: FieldSet,
  { item }: Exclude<Step, string>,
): FieldSet | undefined {
  const key = Object.keys(fields).find(name => {
    if (!name.startsWith('k:')) return false;
    const keys = JSON.parse(name.slice(2)) as Record<string, unknown>;
    return Object.entries(keys).every(
      ([field, value]) => item[field] === value,
    );
  });
  return key === undefined ? undefined : fields[key];
}
