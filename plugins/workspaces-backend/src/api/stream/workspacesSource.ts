import { NotAllowedError } from '@backstage/errors';
import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspaceRow } from '../../store/rows';
import type { Authorizer, Caller, ReadableWorkspaces } from '../authorize';
import type { FeedSource } from './Feed';
import { frame, type Frame } from './frames';
import type { StreamServices } from './sources';

/** The newest workspaces, which listeners hear of. */
const NEWEST_WORKSPACES = 200;
/** What the policy decided holds so long while nothing changes. */
const DECISION_HOLDS = 15_000;
/** Lets no workspace through. */
const NONE: ReadableWorkspaces = { owners: [] };

/** A workspace as one look saw it. */
interface Seen {
  row: WorkspaceRow;
  workspace: Workspace;
  compared: string;
}

/**
 * `workspaces`: the newest workspaces that a caller may read, each as it is, and which of them are
 * gone. What the caller may read is decided anew before anything is said, so that a permission
 * that was taken away, and a workspace that was made later, are seen at once.
 */
export function workspacesSource(
  caller: Caller,
  services: StreamServices & { authorizer: Authorizer },
): FeedSource {
  /** By id, what was said last. */
  let said = new Map<string, string>();
  let permitted = NONE;
  let decidedAt = -Infinity;
  let shown: Seen[] = [];

  /** Answers whether other workspaces may be read now than before. */
  const decide = async (): Promise<boolean> => {
    const before = permitted;
    permitted = await services.authorizer.readable(caller).catch(error => {
      if (error instanceof NotAllowedError) return NONE;
      throw error;
    });
    decidedAt = performance.now();
    return JSON.stringify(before) !== JSON.stringify(permitted);
  };

  const look = async (): Promise<Seen[]> => {
    const query = { limit: NEWEST_WORKSPACES };
    const { rows } = await services.lists.workspaces(query, permitted);
    const workspaces = await services.workspaces.present(rows);
    return workspaces.map((workspace, index) => ({
      row: rows[index],
      workspace,
      compared: compared(workspace),
    }));
  };

  const isNew = ({ row, compared: now }: Seen) => said.get(row.id) !== now;

  return {
    wakes: ['workspaces', 'runs'],
    async next(woken) {
      if (woken || performance.now() - decidedAt > DECISION_HOLDS)
        await decide();
      let seen = await look();
      const isChanged = seen.length !== said.size || seen.some(isNew);
      if (isChanged && (await decide())) seen = await look();
      const gone = await whichAreGone([...said.keys()], seen, services);
      const changed = seen.filter(isNew);
      said = new Map(seen.map(each => [each.row.id, each.compared]));
      shown = seen;
      return [
        ...changed.map(toFrame),
        ...gone.map(workspace => frame('deleted', { workspace })),
      ];
    },
    begin: async () => shown.map(toFrame),
  };
}

function toFrame({ workspace }: Seen): Frame {
  return frame('workspace', workspace);
}

/**
 * A workspace is told again when it has changed, but not for what its replicas use, and not more
 * than once a minute for having been observed.
 */
function compared({ observedAt, apps, ...rest }: Workspace): string {
  return JSON.stringify({
    ...rest,
    observedMinute: observedAt?.slice(0, 'yyyy-mm-ddThh:mm'.length),
    apps: apps.map(app => ({
      ...app,
      replicas: app.replicas.map(
        ({ cpuCores, memoryBytes, ...replica }) => replica,
      ),
    })),
  });
}

/** Of what was said that which does not exist for the caller any more: not what newer ones displaced. */
async function whichAreGone(
  said: string[],
  seen: Seen[],
  { workspaceStore }: StreamServices,
): Promise<string[]> {
  const present = new Set(seen.map(({ row }) => row.id));
  const missing = said.filter(id => !present.has(id));
  if (missing.length === 0 || seen.length < NEWEST_WORKSPACES) return missing;
  const oldest = seen[seen.length - 1].row.created_at;
  const displaced = (await workspaceStore.getMany(missing)).filter(
    row => row.deleted_at === null && row.created_at <= oldest,
  );
  return missing.filter(id => displaced.every(row => row.id !== id));
}
