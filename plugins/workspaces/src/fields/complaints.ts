import type { CustomFieldValidator } from '@backstage/plugin-scaffolder-react';
import type { WorkspacesApi } from '../api';

type FieldValidation = Parameters<CustomFieldValidator<unknown>>[1];

const complaints = new WeakMap<WorkspacesApi, Map<string, FieldValidation>>();

/**
 * The errors of a field of which nothing is wrong any more. They differ from those that were taken
 * back, which the form holds too: it draws a field anew only where something differs.
 */
export const noComplaint: {} = { mended: {} };

/** Remembers what a validation says of a field, so that it can be taken back. */
export function complainThrough(
  api: WorkspacesApi,
  field: string,
  validation: FieldValidation,
): void {
  const ofApi = complaints.get(api) ?? new Map<string, FieldValidation>();
  complaints.set(api, ofApi);
  ofApi.set(field, validation);
}

/**
 * Takes back what was said of a field as it was. The scaffolder keeps the answers of a refused page
 * until the next try, and would go on showing them beside what was mended since.
 *
 * @returns Whether anything had been said.
 */
export function withdrawComplaint(api: WorkspacesApi, field: string): boolean {
  const errors = complaints.get(api)?.get(field)?.__errors;
  return errors !== undefined && errors.splice(0).length > 0;
}
