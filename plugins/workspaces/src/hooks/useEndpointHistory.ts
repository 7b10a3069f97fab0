import { useApi } from '@backstage/core-plugin-api';
import type { EndpointHistory } from '@slipway/backstage-plugin-workspaces-common';
import { useEffect, useState } from 'react';
import useAsyncFn from 'react-use/esm/useAsyncFn';
import useInterval from 'react-use/esm/useInterval';
import { workspacesApiRef } from '../api';

const SECOND = 1_000;
const USUAL_INTERVAL_SECONDS = 60;

/**
 * How an endpoint was seen in the last hour; asked for again as each interval ends.
 * The last answer stays where one fails.
 */
export function useEndpointHistory(endpoint: string) {
  const api = useApi(workspacesApiRef);
  const [history, setHistory] = useState<EndpointHistory>();
  const [asked, load] = useAsyncFn(
    async () => setHistory(await api.getEndpointHistory(endpoint)),
    [api, endpoint],
  );
  useEffect(() => {
    load();
  }, [load]);
  const { intervalSeconds = USUAL_INTERVAL_SECONDS } = history ?? {};
  useInterval(load, intervalSeconds * SECOND);
  return { history, error: asked.error };
}
