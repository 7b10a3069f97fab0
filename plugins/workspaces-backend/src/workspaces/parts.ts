import { InputError } from '@backstage/errors';
import type {
  AppSpec,
  DependencySpec,
} from '@slipway/backstage-plugin-workspaces-common';

/** A part of a specification, and how the request names it: a field, or empty for the whole body. */
export interface Located<T> {
  field: string;
  spec: T;
}

/** A whole workspace as it is to be stored: dependencies with their defaults filled in. */
export interface Specification {
  name: string;
  apps: Located<AppSpec>[];
  dependencies: Located<DependencySpec & { name: string }>[];
}

/** The name of a field of a located part. */
export function fieldOf(located: Located<unknown>, name: string): string {
  return located.field ? `${located.field}.${name}` : name;
}

/** The first value of a list that stands in it before, and where. */
export function firstDuplicate<T>(
  values: T[],
): { index: number; value: T } | undefined {
  const index = values.findIndex(
    (value, position) => values.indexOf(value) < position,
  );
  return index < 0 ? undefined : { index, value: values[index] };
}

/** Ends with what is wrong with a field, if anything. */
export function refuse(
  field: string,
  problem: string | undefined | false,
): void {
  if (problem) throw new InputError(`${field}: ${problem}`);
}
