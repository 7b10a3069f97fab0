import { useApi } from '@backstage/core-plugin-api';
import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import { useEffect, useMemo, useState } from 'react';
import useAsyncFn from 'react-use/esm/useAsyncFn';
import { workspacesApiRef } from '../api';
import { useLiveStream } from './useLiveStream';
import type { WorkspaceScope } from './useEntityWorkspace';

const PAGE_SIZE = 20;

/** A run with the time at which this page asked for it or heard of it. */
interface KnownRun {
  run: Run;
  heardAt: number;
}

type KnownRuns = ReadonlyMap<string, KnownRun>;

/**
 * The runs of a workspace, or of one app of it, newest first: pages from the API, kept up to date
 * by the live stream. Belongs to one scope; key the component by it.
 */
export function useRuns(scope: WorkspaceScope) {
  const api = useApi(workspacesApiRef);
  const [deleted, setDeleted] = useState(
    scope.workspace.deletedAt !== undefined,
  );
  const { app } = scope;
  const workspace = scope.workspace.id;
  const [known, setKnown] = useState<KnownRuns>(new Map());
  /** Where the oldest page that was loaded ends. */
  const [end, setEnd] = useState<{ nextCursor?: string }>();

  const [newest, loadNewest] = useAsyncFn(async () => {
    const askedAt = Date.now();
    const page = await api.listRuns({ workspace, app, limit: PAGE_SIZE });
    setKnown(before => withRuns(before, page.items, askedAt));
    setEnd(before => before ?? { nextCursor: page.nextCursor });
  }, [api, workspace, app]);

  const [older, loadOlder] = useAsyncFn(async () => {
    const askedAt = Date.now();
    const page = await api.listRuns({
      workspace,
      app,
      limit: PAGE_SIZE,
      cursor: end?.nextCursor,
    });
    setKnown(before => withRuns(before, page.items, askedAt));
    setEnd({ nextCursor: page.nextCursor });
  }, [api, workspace, app, end]);

  const connection = useLiveStream([`workspace:${workspace}`], message => {
    if (message.type === 'deleted') setDeleted(true);
    if (message.type !== 'run' || message.data.workspace !== workspace) return;
    const run = message.data;
    // What deletes the workspace concerns every app of it.
    if (app && run.kind !== 'delete' && !run.apps.includes(app)) return;
    setKnown(before => withRuns(before, [run], Date.now()));
  });

  // What happened while the stream was away is in the list.
  const { reconnects } = connection;
  useEffect(() => {
    loadNewest();
  }, [loadNewest, reconnects]);

  const runs = useMemo(
    () =>
      [...known.values()]
        .map(({ run }) => run)
        .sort((a, b) => b.number - a.number),
    [known],
  );

  return {
    runs,
    loaded: end !== undefined,
    error: newest.error,
    retry: loadNewest,
    connection,
    /** The workspace is gone; what is known of it stays to be read. */
    deleted,
    older: {
      there: end?.nextCursor !== undefined,
      loading: older.loading,
      error: older.error,
      load: loadOlder,
    },
  };
}

/** A slow answer never undoes what was heard after it was asked for. */
function withRuns(before: KnownRuns, runs: Run[], heardAt: number): KnownRuns {
  const after = new Map(before);
  for (const run of runs) {
    const other = after.get(run.id);
    if (!other || other.heardAt <= heardAt) after.set(run.id, { run, heardAt });
  }
  return after;
}
