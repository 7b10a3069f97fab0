import {
  workspaceFromForm,
  type Plan,
  type WorkspaceForm,
} from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspacesApi } from '../../api';
import { messageOf, nameOf } from '../../api/errors';

/** What the backend says to the workspace that a form describes. */
export type PlanAnswer =
  | { state: 'made'; plan: Plan }
  /** It would refuse the workspace itself for the same reason. */
  | { state: 'refused'; field?: string; reason: string }
  | { state: 'forbidden'; reason: string }
  /** Nobody knows: the backend or its engine did not answer. */
  | { state: 'unmade'; error: Error };

/** Asks what would be brought up. */
export async function askPlan(
  api: WorkspacesApi,
  form: WorkspaceForm,
): Promise<PlanAnswer> {
  try {
    return {
      state: 'made',
      plan: await api.planWorkspace(workspaceFromForm(form)),
    };
  } catch (error) {
    return answerOf(error as Error);
  }
}

function answerOf(error: Error): PlanAnswer {
  const message = messageOf(error);
  // An API error begins with the name of the field that it is about.
  const [, field, reason] = /^([\w.[\]]+): (.+)$/s.exec(message) ?? [];
  const refused = {
    state: 'refused',
    field,
    reason: reason ?? message,
  } as const;
  switch (nameOf(error)) {
    case 'InputError':
    case 'ConflictError':
      return refused;
    case 'NotAllowedError':
      // The permission is missing as a whole, or only for the owner that was chosen.
      return field ? refused : { state: 'forbidden', reason: message };
    default:
      return { state: 'unmade', error };
  }
}
