import { useApi } from '@backstage/core-plugin-api';
import type { Release } from '@slipway/backstage-plugin-workspaces-common';
import { useEffect, useState } from 'react';
import useAsyncFn from 'react-use/esm/useAsyncFn';
import { workspacesApiRef } from '../api';

const PAGE_SIZE = 20;
/** Runs that are looked at for the numbers of those that made the releases. */
const RUNS = 200;

/** The releases of an app as far as they were loaded, newest first, and the numbers of their runs. */
export function useReleases(workspace: string, app: string) {
  const api = useApi(workspacesApiRef);
  const [releases, setReleases] = useState<Release[]>();
  const [nextCursor, setNextCursor] = useState<string>();
  const [runNumbers, setRunNumbers] = useState<Record<string, number>>({});

  const [state, load] = useAsyncFn(
    async (cursor?: string) => {
      const page = await api.listReleases(workspace, app, {
        cursor,
        limit: PAGE_SIZE,
      });
      setReleases(before =>
        cursor ? [...(before ?? []), ...page.items] : page.items,
      );
      setNextCursor(page.nextCursor);
    },
    [api, workspace, app],
  );

  useEffect(() => {
    load();
    // Without them a release is as good to choose; its run stays unnamed.
    api.listRuns({ workspace, app, limit: RUNS }).then(
      ({ items }) =>
        setRunNumbers(
          Object.fromEntries(items.map(run => [run.id, run.number])),
        ),
      () => {},
    );
  }, [api, workspace, app, load]);

  return {
    releases,
    runNumbers,
    error: state.error,
    loading: state.loading,
    retry: () => load(),
    loadOlder: nextCursor ? () => load(nextCursor) : undefined,
  };
}
