import { useApi } from '@backstage/core-plugin-api';
import { identityApiRef } from '@backstage/frontend-plugin-api';
import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import { useEffect, useMemo, useState } from 'react';
import useAsyncFn from 'react-use/esm/useAsyncFn';
import useDebounce from 'react-use/esm/useDebounce';
import useInterval from 'react-use/esm/useInterval';
import { workspacesApiRef, type WorkspacesApi } from '../api';
import { useLiveStream } from './useLiveStream';

const PAGE_SIZE = 200;
/** The page holds no more; what is older is found by its name or its owner. */
const MOST_PAGES = 5;
const TYPING_MILLISECONDS = 300;
/** The stream tells of the newest so many; the others are asked for again now and then. */
const LIVE_WORKSPACES = 200;
const OTHERS_MILLISECONDS = 30_000;

/** Which workspaces are asked for. */
export interface WorkspaceQuery {
  /** Part of a name. */
  text?: string;
  /** An entity ref, or `mine`: the user and their groups. */
  owner?: string;
  engine?: string;
}

interface KnownWorkspace {
  workspace: Workspace;
  heardAt: number;
}

type KnownWorkspaces = ReadonlyMap<string, KnownWorkspace>;

/**
 * The workspaces that the user may see and that a query asks for, kept up to date by the live stream.
 */
export function useWorkspaces(query: WorkspaceQuery) {
  const api = useApi(workspacesApiRef);
  const identityApi = useApi(identityApiRef);
  const [known, setKnown] = useState<KnownWorkspaces>();
  const [mine, setMine] = useState<readonly string[]>([]);
  const { text, owner, engine } = query;
  const [askedText, setAskedText] = useState(text);
  useDebounce(() => setAskedText(text), TYPING_MILLISECONDS, [text]);

  const [list, load] = useAsyncFn(async () => {
    const askedAt = Date.now();
    const ownRefs =
      owner === 'mine'
        ? (await identityApi.getBackstageIdentity()).ownershipEntityRefs
        : [];
    setMine(ownRefs);
    const owners = owner === 'mine' ? ownRefs : [owner];
    const lists = await Promise.all(
      owners.map(each =>
        listAll(api, { text: askedText, owner: each, engine }),
      ),
    );
    const whole = lists.every(({ more }) => !more);
    const items = lists.flatMap(each => each.items);
    const isGone = (workspace: Workspace) =>
      whole && matches(workspace, { text: askedText, owner, engine }, ownRefs);
    setKnown(before => listed(before, items, askedAt, isGone));
    return { whole };
  }, [api, identityApi, askedText, owner, engine]);

  const connection = useLiveStream(['workspaces'], message => {
    if (message.type === 'deleted')
      setKnown(before => without(before, message.data.workspace));
    if (message.type !== 'workspace') return;
    const workspace = message.data;
    setKnown(before =>
      workspace.deletedAt
        ? without(before, workspace.id)
        : new Map(before).set(workspace.id, { workspace, heardAt: Date.now() }),
    );
  });

  const { reconnects } = connection;
  useEffect(() => {
    load();
  }, [load, reconnects]);
  useInterval(
    load,
    known && known.size > LIVE_WORKSPACES ? OTHERS_MILLISECONDS : null,
  );

  const all = useMemo(
    () => known && [...known.values()].map(({ workspace }) => workspace),
    [known],
  );
  const workspaces = useMemo(
    () =>
      all?.filter(workspace =>
        matches(workspace, { text, owner, engine }, mine),
      ),
    [all, text, owner, engine, mine],
  );

  return {
    /** Absent until something is known. */
    workspaces,
    /** Every workspace that is known, whatever the query. */
    all,
    /** Whether there are more than the page holds. */
    more: list.value?.whole === false,
    loading: list.loading || text !== askedText,
    error: list.error,
    retry: load,
    connection,
  };
}

async function listAll(
  api: WorkspacesApi,
  query: WorkspaceQuery,
): Promise<{ items: Workspace[]; more: boolean }> {
  const items: Workspace[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await api.listWorkspaces({
      ...query,
      cursor,
      limit: PAGE_SIZE,
    });
    items.push(...answer.items);
    cursor = answer.nextCursor;
    if (!cursor) break;
  }
  return { items, more: cursor !== undefined };
}

/** As the backend understands a query, so that what is typed or heard need not wait for it. */
function matches(
  { name, apps, ...workspace }: Workspace,
  { text, owner, engine }: WorkspaceQuery,
  mine: readonly string[],
): boolean {
  const wanted = text?.toLocaleLowerCase('en-US');
  const ownerFits =
    owner === 'mine'
      ? mine.includes(workspace.owner)
      : !owner || workspace.owner === owner;
  return (
    ownerFits &&
    (!engine || workspace.engine === engine) &&
    (!wanted ||
      [name, ...apps.map(app => app.name)].some(one => one.includes(wanted)))
  );
}

/** A slow answer never undoes what was heard after it was asked for. */
function listed(
  before: KnownWorkspaces | undefined,
  items: Workspace[],
  askedAt: number,
  isGone: (workspace: Workspace) => boolean,
): KnownWorkspaces {
  const after = new Map<string, KnownWorkspace>();
  for (const [id, other] of before ?? [])
    if (other.heardAt > askedAt || !isGone(other.workspace))
      after.set(id, other);
  for (const workspace of items) {
    const other = after.get(workspace.id);
    if (!other || other.heardAt <= askedAt)
      after.set(workspace.id, { workspace, heardAt: askedAt });
  }
  return after;
}

function without(
  before: KnownWorkspaces | undefined,
  id: string,
): KnownWorkspaces | undefined {
  if (!before?.has(id)) return before;
  const after = new Map(before);
  after.delete(id);
  return after;
}
