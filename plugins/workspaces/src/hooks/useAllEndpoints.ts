import { useApi } from '@backstage/core-plugin-api';
import type { Endpoint } from '@slipway/backstage-plugin-workspaces-common';
import { useEffect, useState } from 'react';
import useAsyncFn from 'react-use/esm/useAsyncFn';
import useInterval from 'react-use/esm/useInterval';
import { workspacesApiRef } from '../api';

const PAGE_SIZE = 200;
const MOST_PAGES = 10;
/** The stream of all workspaces does not tell of endpoints. */
const REFRESH_MILLISECONDS = 15_000;

/**
 * The endpoints of all workspaces that the user may see, by the id of their workspace.
 * Asked for again every 15 s; the last answer stays where one fails.
 */
export function useAllEndpoints() {
  const api = useApi(workspacesApiRef);
  const [endpoints, setEndpoints] = useState<ReadonlyMap<string, Endpoint[]>>();
  const [list, load] = useAsyncFn(async () => {
    const found = new Map<string, Endpoint[]>();
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await api.listEndpoints({ cursor, limit: PAGE_SIZE });
      for (const endpoint of answer.items) {
        const others = found.get(endpoint.workspace) ?? [];
        found.set(endpoint.workspace, [...others, endpoint]);
      }
      cursor = answer.nextCursor;
      if (!cursor) break;
    }
    setEndpoints(found);
  }, [api]);
  useEffect(() => {
    load();
  }, [load]);
  useInterval(load, REFRESH_MILLISECONDS);
  return { endpoints, error: list.error, retry: load };
}
