import {
  environmentNameProblem,
  type WorkspaceForm,
} from '@slipway/backstage-plugin-workspaces-common';
import type { SecretVariables } from './schema';

/** What is wrong with a name. */
export type NameProblem =
  | { kind: 'missing' }
  | { kind: 'twice' }
  | { kind: 'refused'; message: string };

/**
 * What is wrong with the name in a row, if anything: the app would get one variable only
 * where two have the same name.
 */
export function nameProblem(
  secrets: SecretVariables,
  index: number,
  form: WorkspaceForm,
): NameProblem | undefined {
  const { name } = secrets[index];
  if (name === '') return { kind: 'missing' };
  const message = environmentNameProblem(name);
  if (message) return { kind: 'refused', message };
  const before = secrets.slice(0, index);
  const others = [...before, ...(form.environment ?? [])];
  return others.some(other => other.name === name)
    ? { kind: 'twice' }
    : undefined;
}
