import type { WorkspaceSearchDocument } from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspacesApi } from '../../api';
import { isNotFound } from '../../api/errors';
import { workspaceStanding } from '../observed';
import type { State } from '../StateLabel';

/** Results are drawn anew with every letter that is typed; what was asked just now holds that long. */
const HOLDS_MILLISECONDS = 10_000;

/** How something stands now; `gone` where it is not there any more. */
export type LiveState = State | 'gone';

interface Asked {
  at: number;
  answer: Promise<LiveState>;
}

const asked = new WeakMap<WorkspacesApi, Map<string, Asked>>();

/** Asks the backend how what was found stands, once for all who want to know at about the same time. */
export function liveState(
  api: WorkspacesApi,
  document: Pick<WorkspaceSearchDocument, 'kind' | 'id'>,
): Promise<LiveState> {
  const now = Date.now();
  const recent = asked.get(api) ?? new Map<string, Asked>();
  asked.set(api, recent);
  for (const [key, { at }] of recent)
    if (now - at > HOLDS_MILLISECONDS) recent.delete(key);
  const key = `${document.kind}:${document.id}`;
  const before = recent.get(key);
  if (before) return before.answer;
  const answer = ask(api, document);
  recent.set(key, { at: now, answer });
  answer.catch(() => recent.delete(key));
  return answer;
}

async function ask(
  api: WorkspacesApi,
  { kind, id }: Pick<WorkspaceSearchDocument, 'kind' | 'id'>,
): Promise<LiveState> {
  try {
    if (kind === 'endpoint') return (await api.getEndpoint(id)).state;
    const workspace = await api.getWorkspace(id);
    return workspace.deletedAt
      ? 'gone'
      : workspaceStanding(workspace, Date.now());
  } catch (error) {
    if (isNotFound(error as Error)) return 'gone';
    throw error;
  }
}
