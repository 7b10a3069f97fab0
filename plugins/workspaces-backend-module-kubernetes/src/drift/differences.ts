import { isDeepStrictEqual } from 'node:util';
import { quantity } from '../engine/quantity';

/** A field by its name, or an item of a list by itself, with the text that names it there. */
export type Step = string | { item: Record<string, unknown>; named: string };

/** A field that is not as it was applied. */
export interface Difference {
  path: Step[];
  expected: unknown;
  found: unknown;
}

/** Lists whose items belong to whoever added them, and by what an item is known there. All others are of one piece. */
const ITEMS: Partial<Record<string, string[]>> = {
  containers: ['name'],
  env: ['name'],
  ports: ['containerPort', 'port'],
  volumeMounts: ['mountPath'],
  volumes: ['name'],
};

/** Where what is there differs from what was applied. What else is there is not looked at: it is of others. */
export function differences(
  expected: unknown,
  found: unknown,
  path: Step[] = [],
): Difference[] {
  if (isSame(expected, found)) return [];
  if (isFields(expected) && isFields(found)) {
    return Object.entries(expected).flatMap(([name, value]) =>
      differences(value, found[name], [...path, name]),
    );
  }
  const keys = ITEMS[String(path.at(-1))];
  if (keys && isItems(expected) && isItems(found)) {
    return expected.flatMap(item => {
      const key = keys.find(name => name in item) ?? '';
      const other = found.find(one => one[key] === item[key]);
      const step = { item: other ?? item, named: String(item[key]) };
      return differences(item, other, [...path, step]);
    });
  }
  return [{ path, expected, found }];
}

/** For example `spec.template.spec.containers[app].image`. */
export function pathText(path: Step[]): string {
  return path
    .map(step => (typeof step === 'string' ? `.${step}` : `[${step.named}]`))
    .join('')
    .slice(1);
}

/** Whether all that is expected is there; what the API server has added does not count. */
function isSame(expected: unknown, found: unknown): boolean {
  if (isDeepStrictEqual(expected, found)) return true;
  if (found === undefined || found === null) return isEmpty(expected);
  if (Array.isArray(expected) && Array.isArray(found)) {
    return (
      expected.length === found.length &&
      expected.every((item, index) => isSame(item, found[index]))
    );
  }
  if (isFields(expected) && isFields(found)) {
    return Object.entries(expected).every(([name, value]) =>
      isSame(value, found[name]),
    );
  }
  return isSameQuantity(expected, found);
}

/** The API server leaves out what says nothing. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (value === '' || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** The API server writes `1000m` as `1`. */
function isSameQuantity(expected: unknown, found: unknown): boolean {
  return (
    typeof expected === 'string' &&
    typeof found === 'string' &&
    quantity(expected) === quantity(found)
  );
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isItems(value: unknown): value is Record<string, unknown>[] {
  return Array.isArray(value) && value.every(isFields);
}
