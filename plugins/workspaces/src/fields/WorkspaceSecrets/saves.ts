import type { WorkspacesApi } from '../../api';

/** Ends with the id of the secret, or with none where it could not be stored; never rejects. */
type Save = Promise<string | undefined>;

const underWay = new WeakMap<WorkspacesApi, Map<string, Save>>();

/** Remembers that the value of a variable is being stored, until that has ended. */
export function noteSave(api: WorkspacesApi, name: string, save: Save): void {
  const saves = underWay.get(api) ?? new Map<string, Save>();
  underWay.set(api, saves);
  saves.set(name, save);
  save.then(() => {
    if (saves.get(name) === save) saves.delete(name);
  });
}

/** The secret of a variable whose value is being stored now, once it is. */
export async function savedNow(
  api: WorkspacesApi | undefined,
  name: string,
): Promise<string | undefined> {
  return api && underWay.get(api)?.get(name);
}
